import Tensors

/// The softmax over one or more axes. To the calculus it is its definition: exponentials over their sum.
public struct Softmax: Primitive {
  public static let mnemonic = "softmax"
  public var role: Role { .nonlinear }
  public let over: [Axis]

  public init(over: [Axis]) { self.over = over }
  public init(reading attributes: AttributeReader) throws { over = try attributes.axes("over") }
  public var attributes: [Attribute] { [Attribute("over", over.map(\.name).joined(separator: ", "))] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let axes = try sameAxes(operands)
    guard !over.isEmpty else { throw ShapeProblem("give the axes to normalize over") }
    if let missing = over.first(where: { !axes.contains($0) }) {
      throw ShapeProblem("there is no axis named \"\(missing.name)\" to normalize over")
    }
    return axes
  }

  /// `y * (dy - sum(y * dy))`
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    let kept = result.axes.filter { !over.contains($0) }
    return [result * (cotangent - contract([result, cotangent], to: kept))]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.softmax(operands[0], over: over, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, _, labels) = try binding.shapes(operands, result)
    return .kernel(try SoftmaxKernel(operand: shapes[0], over: over.map { labels[$0] }))
  }
}

/// The logarithm of the sum of exponentials over the axes that the result does not have.
public struct LogSumExp: Primitive {
  public static let mnemonic = "logsumexp"
  public static let otherNames = ["lse"]
  public var role: Role { .nonlinear }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try Sum().resultAxes(operands, declared: declared)
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    let over = operands[0].axes.filter { !result.axes.contains($0) }
    return [contract([softmax(operands[0], over: over), cotangent], to: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.logSumExp(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let (shapes, target, labels) = try binding.shapes(operands, result)
    var known = labels
    return .kernel(
      try LogSumExpKernel(
        operand: shapes[0], over: operands[0].filter { !result.contains($0) }.map { known[$0] }, result: target))
  }
}

/// The softmax over one or more axes.
public func softmax(_ x: Value, over axes: [Axis]) -> Value { x.recorder.record(Softmax(over: axes), [x]) }

/// The logarithm of the sum of exponentials over the given axes.
public func logSumExp(_ x: Value, over axes: [Axis]) -> Value {
  x.recorder.record(LogSumExp(), [x], axes: x.axes.filter { !axes.contains($0) })
}

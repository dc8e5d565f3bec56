import Tensors

/// The softmax over one or more axes. To the calculus it is its definition: exponentials over their sum.
public struct Softmax: Primitive {
  public static let mnemonic = "softmax"
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

  public func growth(_ operands: [Scale], at site: Site, in context: GrowthContext) -> Scale {
    var inner = site
    inner.operandAxes = [site.resultAxes]
    inner.resultAxes = site.resultAxes.filter { axis in !over.contains { $0.name == context.axisNames[Int(axis)] } }
    let (exponential, inverse) = context.unobserved {
      let exponential = context.apply(Nonlinearity.exp.profile, to: operands[0], at: site)
      let total = context.contract([exponential], at: inner)
      return (exponential, context.apply(Nonlinearity.reciprocal.profile, to: total, at: inner))
    }
    return context.finish(context.product(exponential, inverse, at: site).components, site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, _, labels) = try binding.shapes(operands, result)
    return .kernel(try SoftmaxKernel(operand: shapes[0], over: over.map { labels[$0] }))
  }
}

/// The logarithm of the sum of exponentials over the axes that the result does not have.
public struct LogSumExp: Primitive {
  public static let mnemonic = "logsumexp"
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try Sum().resultAxes(operands, declared: declared)
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    let over = operands[0].axes.filter { !result.axes.contains($0) }
    return [contract([softmax(operands[0], over: over), cotangent], to: operands[0].axes)]
  }

  public func growth(_ operands: [Scale], at site: Site, in context: GrowthContext) -> Scale {
    let total = context.unobserved {
      context.contract([context.apply(Nonlinearity.exp.profile, to: operands[0], at: site)], at: site)
    }
    return context.apply(Nonlinearity.log.profile, to: total, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let (shapes, target, labels) = try binding.shapes(operands, result)
    var known = labels
    return .kernel(
      try LogSumExpKernel(
        operand: shapes[0], over: operands[0].filter { !result.contains($0) }.map { known[$0] }, result: target))
  }
}

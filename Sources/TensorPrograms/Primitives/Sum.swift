import Tensors

/// The sum over the axes that the result does not have.
public struct Sum: Primitive {
  public static let mnemonic = "sum"
  public static let otherNames = ["reduce", "reduce_sum"]
  public var role: Role { .contraction }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let result = try declaredAxes(declared)
    try expect(1, operands)
    if let extra = result.first(where: { !operands[0].contains($0) }) {
      throw ShapeProblem("the operand has no axis \"\(extra.name)\"")
    }
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [expand(cotangent, to: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.contract(operands, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let (shapes, target, _) = try binding.shapes(operands, result)
    return .kernel(try Reduction(.sum, operand: shapes[0], result: target))
  }
}

/// Copies along axes that the operand does not have.
public struct Expand: Primitive {
  public static let mnemonic = "expand"
  public static let otherNames = ["broadcast", "repeat", "tile", "expand_as", "broadcast_to"]
  public var role: Role { .copies }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let result = try declaredAxes(declared)
    try expect(1, operands)
    if let lost = operands[0].first(where: { !result.contains($0) }) {
      throw ShapeProblem("the result lacks the operand's axis \"\(lost.name)\"")
    }
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [sum(cotangent, keeping: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }

  /// Elementwise: operands are broadcast, so that a chain reads the smaller tensor and nothing is copied.
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    .elementwise { .combination([(coefficient: .constant(1), register: $0[0])], offset: 0) }
  }
}

/// The sum over the given axes.
public func sum(_ x: Value, over axes: [Axis]) -> Value {
  if let missing = axes.first(where: { !x.axes.contains($0) }), let id = x.id {
    x.recorder.fail(
      .shape(
        operation: "sum", operands: ["\"\(x.recorder.program[id].name)\" \(x.axes.bracketed)"],
        reason: "there is no axis named \"\(missing.name)\" to sum over"))
  }
  return x.recorder.record(Sum(), [x], axes: x.axes.filter { !axes.contains($0) })
}

/// The sum over all axes but these, in this order.
func sum(_ x: Value, keeping axes: [Axis]) -> Value {
  x.axes == axes ? x : x.recorder.record(Sum(), [x], axes: axes)
}

/// The mean over the given axes; over all of them if none are given.
public func mean(_ x: Value, over axes: [Axis]? = nil) -> Value {
  let over = axes ?? x.axes
  return scale(sum(x, over: over), by: .product(over.map(\.dimension), power: -1))
}

/// Copies along axes that x does not have; the result has `axes`, in this order.
public func expand(_ x: Value, to axes: [Axis]) -> Value {
  x.axes == axes ? x : x.recorder.record(Expand(), [x], axes: axes)
}

func expect(_ count: Int, _ operands: [[Axis]]) throws {
  guard operands.count == count else {
    throw ShapeProblem("takes \(count) operand\(count == 1 ? "" : "s"), not \(operands.count)")
  }
}

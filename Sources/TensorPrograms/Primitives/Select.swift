import Tensors

/// The slice at one index of a fixed axis, such as one step of a sequence; the result lacks the axis.
public struct Select: Primitive {
  public static let mnemonic = "select"
  public static let otherNames = ["index", "getitem"]
  public var role: Role { .linear }
  public let along: Axis
  public let index: Int

  public init(_ index: Int, along: Axis) { (self.index, self.along) = (index, along) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    index = try attributes.whole("at", default: 0)
  }
  public var attributes: [Attribute] { [Attribute("along", along.name), Attribute("at", "\(index)")] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(1, operands)
    guard operands[0].contains(along) else { throw ShapeProblem("there is no axis named \"\(along.name)\"") }
    try checkIndex(index, along)
    return operands[0].filter { $0 != along }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Insert(index, along: along), [cotangent], axes: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.select(operands[0], along: along, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, _, labels) = try binding.shapes(operands, result)
    return .kernel(try SliceKernel(operand: shapes[0], index: index, along: labels[along]))
  }
}

/// The transpose of ``Select``: zeros, but for the slice at one index of a fixed axis.
public struct Insert: Primitive {
  public static let mnemonic = "insert"
  public static let otherNames = ["pad"]
  public var role: Role { .linear }
  public let along: Axis
  public let index: Int

  public init(_ index: Int, along: Axis) { (self.index, self.along) = (index, along) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    index = try attributes.whole("at", default: 0)
  }
  public var attributes: [Attribute] { [Attribute("along", along.name), Attribute("at", "\(index)")] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(1, operands)
    let result = try declaredAxes(declared)
    guard result.filter({ $0 != along }) == operands[0], result.contains(along) else {
      throw ShapeProblem("the result must be the operand's axes, in their order, and \"\(along.name)\"")
    }
    try checkIndex(index, along)
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Select(index, along: along), [cotangent])]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (_, target, labels) = try binding.shapes(operands, result)
    return .kernel(try InsertionKernel(result: target, index: index, along: labels[along]))
  }
}

private func checkIndex(_ index: Int, _ along: Axis) throws {
  guard along.dimension.size.isFixed else {
    throw ShapeProblem("\"\(along.name)\" grows with the width; one index can be taken of a fixed axis only")
  }
  let size = try along.dimension.size.value(at: 1, of: along.name)
  guard index >= 0, index < size else {
    throw ShapeProblem("\"\(along.name)\" has \(size) entries, so there is none at \(index), counted from 0")
  }
}

/// The slice at one index of a fixed axis, counted from 0.
public func select(_ x: Value, _ index: Int, along axis: Axis) -> Value {
  x.recorder.record(Select(index, along: axis), [x])
}

/// Zeros, but for `x` at one index of a fixed axis that x lacks, counted from 0; the axis is the result's last.
public func insert(_ x: Value, _ index: Int, along axis: Axis) -> Value {
  x.recorder.record(Insert(index, along: axis), [x], axes: x.axes + [axis])
}

/// The slices along each index of a fixed axis, in order: the steps of a sequence.
///
/// A growing axis, or one that x lacks, fails the recording.
public func steps(of x: Value, along axis: Axis) -> [Value] {
  guard axis.dimension.size.isFixed, let size = try? axis.dimension.size.value(at: 1, of: axis.name) else {
    return [select(x, 0, along: axis)]
  }
  return (0..<size).map { select(x, $0, along: axis) }
}

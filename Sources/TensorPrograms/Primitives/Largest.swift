import Tensors

/// 1 where an entry is among the largest along a fixed axis, else 0: the gate of a mixture of experts that uses few
/// of them (1701.06538). It has no derivative: which entries are largest is taken as given.
public struct Largest: Primitive {
  public static let mnemonic = "largest"
  public static let otherNames = ["topk", "top_k", "argmax"]
  public var role: Role { .nonlinear }
  public let count: Int
  public let along: Axis

  public init(_ count: Int, along: Axis) { (self.count, self.along) = (count, along) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    count = try attributes.whole("count", default: 1)
  }
  public var attributes: [Attribute] { [Attribute("along", along.name), Attribute("count", "\(count)")] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let axes = try sameAxes(operands)
    guard axes.contains(along) else { throw ShapeProblem("there is no axis named \"\(along.name)\"") }
    guard along.dimension.size.isFixed else {
      throw ShapeProblem(
        "\"\(along.name)\" grows with the width; the \(count) largest are then a vanishing part of it, and a value "
          + "that is 0 nearly everywhere has no one size")
    }
    let size = try along.dimension.size.value(at: 1, of: along.name)
    guard (1...size).contains(count) else {
      throw ShapeProblem("\"\(along.name)\" has \(size) entries; take from 1 to \(size) of them, not \(count)")
    }
    return axes
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [nil] }

  /// A function of size 1 of the ratios of the entries, which does not change if all are multiplied by a number.
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.map(FunctionProfile(.neither, homogeneity: 0, valueAtZero: true), operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, _, labels) = try binding.shapes(operands, result)
    return .kernel(try LargestKernel(operand: shapes[0], count: count, along: labels[along]))
  }
}

/// 1 where an entry is among the `count` largest along a fixed axis, else 0.
public func largest(_ count: Int, of x: Value, along axis: Axis) -> Value {
  x.recorder.record(Largest(count, along: axis), [x])
}

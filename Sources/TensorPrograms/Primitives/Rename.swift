import Tensors

/// The same tensor under another name of one axis.
public struct Rename: Primitive {
  public static let mnemonic = "rename"
  public static let otherNames = ["transpose", "permute", "swapaxes"]
  public var role: Role { .passage(.renamed(axis, to: other)) }
  public let axis: Axis
  public let other: Axis

  public init(_ axis: Axis, to other: Axis) {
    self.axis = axis
    self.other = other
  }

  public init(reading attributes: AttributeReader) throws {
    axis = try attributes.oneAxis("axis")
    other = try attributes.oneAxis("to")
  }

  public var attributes: [Attribute] { [Attribute("axis", axis.name), Attribute("to", other.name)] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let axes = try sameAxes(operands)
    guard axes.contains(axis) else { throw ShapeProblem("there is no axis named \"\(axis.name)\"") }
    guard axis.dimension.size == other.dimension.size else {
      throw ShapeProblem(
        "\"\(axis.name)\" is \(axis.dimension.size) and \"\(other.name)\" is \(other.dimension.size); only equal sizes can be renamed"
      )
    }
    return axes.map { $0 == axis ? other : $0 }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [rename(cotangent, other, to: axis)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.rename(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .alias }
}

/// The same tensor under another name of one axis.
public func rename(_ x: Value, _ axis: Axis, to other: Axis) -> Value {
  x.recorder.record(Rename(axis, to: other), [x])
}

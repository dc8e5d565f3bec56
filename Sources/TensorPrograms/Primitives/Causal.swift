import Tensors

/// Sets the entries whose key comes after their query to a number: what makes attention causal.
public struct Causal: Primitive {
  public static let mnemonic = "causal"
  public let query: Axis
  public let key: Axis
  public let fill: Double

  public init(query: Axis, key: Axis, fill: Double = -.infinity) {
    self.query = query
    self.key = key
    self.fill = fill
  }

  public init(reading attributes: AttributeReader) throws {
    query = try attributes.oneAxis("query")
    key = try attributes.oneAxis("key")
    fill = try attributes.number("fill")
  }

  public var attributes: [Attribute] {
    [Attribute("query", query.name), Attribute("key", key.name), Attribute("fill", fill.shortest)]
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let axes = try sameAxes(operands)
    for axis in [query, key] where !axes.contains(axis) {
      throw ShapeProblem("there is no axis named \"\(axis.name)\"")
    }
    guard query.dimension == key.dimension, query != key else {
      throw ShapeProblem("query and key must be two indices of one dimension, such as \"sequence\" and \"sequence'\"")
    }
    return axes
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [causal(cotangent, query: query, key: key, fill: 0)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, _, labels) = try binding.shapes(operands, result)
    return .kernel(
      try CausalKernel(operand: shapes[0], query: labels[query], key: labels[key], fill: fill))
  }
}

/// The same tensor under another name of one axis.
public struct Rename: Primitive {
  public static let mnemonic = "rename"
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

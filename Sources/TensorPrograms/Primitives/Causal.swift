import Tensors

/// Sets the entries whose key comes after their query to a number: what makes attention causal.
public struct Causal: Primitive {
  public static let mnemonic = "causal"
  public static let otherNames = ["mask", "causal_mask", "tril"]
  public var role: Role { fill == 0 ? .linear : .nonlinear }
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

/// Sets entries whose key comes after their query to `fill`.
public func causal(_ x: Value, query: Axis, key: Axis, fill: Double = -.infinity) -> Value {
  x.recorder.record(Causal(query: query, key: key, fill: fill), [x])
}

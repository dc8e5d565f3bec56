/// An axis as several, the last one fastest: a model's coordinates as heads and what each has.
///
/// Notation: wherever the axis is in the program, it is those. Weights that have it get them too, in its place.
public struct Split: Notation {
  public static let mnemonic = "split"
  public static let otherNames = ["reshape", "view", "unflatten", "rearrange"]
  public let along: Axis
  public let parts: [Dimension]
  public var cut: (axis: Axis, into: DimensionParts) { (along, .product(parts)) }
  public var making: NotationMaking { .parts }

  public init(_ along: Axis, into parts: [Dimension]) { (self.along, self.parts) = (along, parts) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    parts = try attributes.axes("of").map(\.dimension)
  }
  public var attributes: [Attribute] { cutAttributes }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(1, operands)
    try cut.into.check(along)
    guard operands[0].contains(along) else { throw ShapeProblem("there is no axis named \"\(along.name)\"") }
    return operands[0].flatMap { $0 == along ? parts.map { Axis($0) } : [$0] }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [merge(cotangent, parts, to: along)]
  }
}

/// Several axes as one, the last of them fastest: the transpose of ``Split``.
public struct Merge: Notation {
  public static let mnemonic = "merge"
  public static let otherNames = ["flatten"]
  public let along: Axis
  public let parts: [Dimension]
  public var cut: (axis: Axis, into: DimensionParts) { (along, .product(parts)) }
  public var making: NotationMaking { .whole }

  public init(_ parts: [Dimension], to along: Axis) { (self.along, self.parts) = (along, parts) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    parts = try attributes.axes("of").map(\.dimension)
  }
  public var attributes: [Attribute] { cutAttributes }

  /// The merged axis stands where the first of its parts stood.
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(1, operands)
    try cut.into.check(along)
    let own = parts.map { Axis($0) }
    if let missing = own.first(where: { !operands[0].contains($0) }) {
      throw ShapeProblem("there is no axis named \"\(missing.name)\"")
    }
    return operands[0].flatMap { $0 == own[0] ? [along] : own.contains($0) ? [] : [$0] }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    let apart = split(cotangent, along, into: parts)
    return [apart.axes == operands[0].axes ? apart : expand(apart, to: operands[0].axes)]
  }
}

/// An axis as several, the last one fastest; its size is the product of theirs.
public func split(_ x: Value, _ axis: Axis, into parts: [Dimension]) -> Value {
  x.recorder.record(Split(axis, into: parts), [x])
}

/// Several axes as one, the last of them fastest; its size is the product of theirs.
public func merge(_ x: Value, _ parts: [Dimension], to axis: Axis) -> Value {
  x.recorder.record(Merge(parts, to: axis), [x])
}

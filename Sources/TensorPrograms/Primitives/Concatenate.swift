/// Values one after the other along an axis of their own each, as one along an axis that is as long as all of them: skip
/// connections, gates in one, what several maps see together.
///
/// It is notation: what is computed of the whole is computed of each part, a sum over it is the sum of sums over the
/// parts, and a weight that has the axis is a weight for each part. So parts may be of different size as the width grows,
/// each has the rules that it would have by itself, and what cannot be told by parts is refused.
public struct Concatenate: Notation {
  public static let mnemonic = "concatenate"
  public static let otherNames = ["concat", "cat", "stack", "hstack"]
  public let along: Axis
  public let parts: [Dimension]
  public var cut: (axis: Axis, into: DimensionParts) { (along, .sum(parts)) }
  public var making: NotationMaking { .whole }

  public init(_ parts: [Dimension], along: Axis) { (self.parts, self.along) = (parts, along) }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    parts = try attributes.axes("of").map(\.dimension)
  }
  public var attributes: [Attribute] { cutAttributes }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try cut.into.check(along)
    guard operands.count == parts.count else {
      throw ShapeProblem("\(parts.count) parts, but \(operands.count) operands")
    }
    let result = try operands.indices.map { i in
      let part = Axis(parts[i])
      guard operands[i].contains(part) else {
        throw ShapeProblem { "\($0[i]) has no axis named \"\(part.name)\"" }
      }
      return operands[i].map { $0 == part ? along : $0 }
    }
    if let other = result.firstIndex(where: { Set($0) != Set(result[0]) }) {
      throw ShapeProblem { "\($0[0]) and \($0[other]) differ in more axes than those that are put together" }
    }
    return result[0]
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    operands.enumerated().map { i, operand in
      let part = slice(cotangent, i, of: parts, along: along)
      return part.axes == operand.axes ? part : expand(part, to: operand.axes)
    }
  }
}

/// One part of what was put together along an axis, or of what a fused map makes: queries, keys and values.
///
/// Notation as ``Concatenate`` is: a slice of a weight is a weight of its own.
public struct Slice: Notation {
  public static let mnemonic = "slice"
  public static let otherNames = ["chunk", "narrow"]
  public let along: Axis
  public let parts: [Dimension]
  public let index: Int
  public var cut: (axis: Axis, into: DimensionParts) { (along, .sum(parts)) }
  public var making: NotationMaking { .part(index) }

  public init(_ index: Int, of parts: [Dimension], along: Axis) {
    (self.index, self.parts, self.along) = (index, parts, along)
  }
  public init(reading attributes: AttributeReader) throws {
    along = try attributes.oneAxis("along")
    parts = try attributes.axes("of").map(\.dimension)
    index = try attributes.whole("at", default: 0)
  }
  public var attributes: [Attribute] { cutAttributes + [Attribute("at", "\(index)")] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(1, operands)
    try cut.into.check(along)
    guard operands[0].contains(along) else { throw ShapeProblem("there is no axis named \"\(along.name)\"") }
    guard parts.indices.contains(index) else {
      throw ShapeProblem("\"\(along.name)\" has \(parts.count) parts, so there is none at \(index), counted from 0")
    }
    return operands[0].map { $0 == along ? Axis(parts[index]) : $0 }
  }

  /// Zeros for the other parts.
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [
      concatenate(
        parts.indices.map { $0 == index ? cotangent : 0 * slice(operands[0], $0, of: parts, along: along) },
        of: parts, along: along)
    ]
  }
}

/// Values one after the other: the first along the first of `parts`, and so on, as one along `axis`, whose size is the sum
/// of theirs.
public func concatenate(_ values: [Value], of parts: [Dimension], along axis: Axis) -> Value {
  values[0].recorder.record(Concatenate(parts, along: axis), values)
}

/// The part at an index, counted from 0, of an axis that is made of parts one after the other.
public func slice(_ x: Value, _ index: Int, of parts: [Dimension], along axis: Axis) -> Value {
  x.recorder.record(Slice(index, of: parts, along: axis), [x])
}

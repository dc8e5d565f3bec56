/// A word that is short for others: when a recording ends it is written out in them, so that no reading, no gradient and
/// no engine ever meets it. It says of a dimension what it is made of.
public protocol Notation: Primitive {
  /// The axis that is made of others, and how.
  var cut: (axis: Axis, into: DimensionParts) { get }
  /// What is made of what.
  var making: NotationMaking { get }
}

public enum NotationMaking: Sendable, Hashable {
  /// The whole, of its parts.
  case whole
  /// One part of the whole.
  case part(Int)
  /// The parts, all of them axes of one value, of the whole.
  case parts
}

/// What a dimension is made of.
public enum DimensionParts: Sendable, Hashable {
  /// Parts one after the other.
  case sum([Dimension])
  /// Each entry has an index along every part, the last one fastest.
  case product([Dimension])

  var all: [Dimension] {
    switch self {
    case .sum(let parts), .product(let parts): parts
    }
  }

  /// `left + right`
  var text: String {
    switch self {
    case .sum(let parts): parts.map(\.name).joined(separator: " + ")
    case .product(let parts): parts.map(\.name).joined(separator: " x ")
    }
  }

  /// Throws ``ShapeProblem`` unless the sizes of the parts make that of the whole.
  func check(_ whole: Axis) throws {
    guard all.count > 1 else { throw ShapeProblem("\"\(whole.name)\" must have two parts at least") }
    let size = whole.dimension.size
    let sizes = all.map { "\($0.size)" }
    switch self {
    case .sum(let parts):
      guard parts.allSatisfy({ $0.size.exponent == size.exponent }) else {
        throw ShapeProblem(
          "parts of \(sizes.joined(separator: " and ")) grow differently, and \"\(whole.name)\" would have no power of "
            + "the width for its size; give what uses it a weight for each part, and add")
      }
      guard parts.reduce(.zero, { $0 + $1.size.coefficient }) == size.coefficient else {
        throw ShapeProblem("\"\(whole.name)\" is \(size), but its parts are \(sizes.joined(separator: " + "))")
      }
    case .product(let parts):
      guard parts.reduce(.zero, { $0 + $1.size.exponent }) == size.exponent,
        parts.reduce(.one, { $0 * $1.size.coefficient }) == size.coefficient
      else {
        throw ShapeProblem("\"\(whole.name)\" is \(size), but its parts are \(sizes.joined(separator: " times "))")
      }
    }
  }
}

extension Notation {
  /// Programs that are read have none.
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning { preconditionFailure("\(word) has not been written out") }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    preconditionFailure("\(word) has not been written out")
  }

  public var role: Role { .linear }

  var cutAttributes: [Attribute] {
    [Attribute("along", cut.axis.name), Attribute("of", cut.into.all.map(\.name).joined(separator: ", "))]
  }
}

public import Exact

/// The number of a growing axis within one program.
public typealias AxisID = Int16

/// What the scale calculus says of a value: a sum of components, each with an exponent in width.
///
/// An empty scale is a value that is exactly zero.
public struct Scale: Sendable, Hashable {
  public var components: [Component]

  public init(_ components: [Component] = []) { self.components = components }

  public static let zero = Scale()

  /// The largest exponent, nil for a value that is zero.
  public var exponent: Rational? { components.map(\.exponent).max() }

  /// The largest exponent of what was there at initialization.
  public var initialExponent: Rational? { components.filter { $0.origin == .initial }.map(\.exponent).max() }

  /// The largest exponent of what training did.
  public var updateExponent: Rational? { components.filter { $0.origin == .update }.map(\.exponent).max() }
}

/// One summand of a value: its typical coordinate is of size n^exponent.
public struct Component: Sendable {
  public var exponent: Rational
  public var origin: Origin
  /// The sign characters along each growing axis; an axis that is missing has {0}: the component is constant along
  /// it, or has a mean there.
  public var characters: Characters
  /// Gaussian weights in which the component is still linear, entry by entry, with the growing axes that are left.
  public var gaussians: [GaussianFactor] = []
  /// The unknown whose factor entered last: the one to mend if the component is too large.
  public var blame: Blame?
  /// What made it, for explanations: an index into the context's events.
  public var cause: Int32 = -1

  public enum Origin: Sendable, Hashable { case initial, update }
}

extension Component: Hashable {
  /// Equality of what is claimed; causes and blame are how it came about.
  public static func == (a: Component, b: Component) -> Bool {
    a.exponent == b.exponent && a.origin == b.origin && a.characters == b.characters && a.gaussians == b.gaussians
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(exponent)
    hasher.combine(origin)
    hasher.combine(characters)
  }
}

/// An initial Gaussian weight with several growing axes, before any of them is summed.
public struct GaussianFactor: Sendable, Hashable {
  /// The weight, by its instruction.
  public var weight: Int32
  public var axes: [AxisID]
}

/// Which unknown a component's size depends on last, and how: exponent = coefficient * unknown + ...
public struct Blame: Sendable, Hashable {
  public var unknown: Int32
  public var coefficient: Rational
  /// The instruction at which the unknown's factor entered; nil for a weight not yet used.
  public var entered: Int32?
}

/// Characters along axes, sorted by axis, without those that are {0}.
public struct Characters: Sendable, Hashable {
  public private(set) var entries: [Entry] = []

  public struct Entry: Sendable, Hashable {
    public var axis: AxisID
    public var set: CharacterID
  }

  public init() {}

  public subscript(axis: AxisID) -> CharacterID {
    get {
      for entry in entries where entry.axis == axis { return entry.set }
      return 0
    }
    set {
      if let i = entries.firstIndex(where: { $0.axis >= axis }) {
        if entries[i].axis == axis {
          if newValue == 0 { entries.remove(at: i) } else { entries[i].set = newValue }
        } else if newValue != 0 {
          entries.insert(Entry(axis: axis, set: newValue), at: i)
        }
      } else if newValue != 0 {
        entries.append(Entry(axis: axis, set: newValue))
      }
    }
  }

  mutating func keep(where condition: (AxisID) -> Bool) { entries.removeAll { !condition($0.axis) } }

  mutating func rename(_ axis: AxisID, to other: AxisID) {
    let set = self[axis]
    self[axis] = 0
    self[other] = set
  }

  /// The same operation along each axis.
  func mapped(_ operation: (CharacterID) -> CharacterID) -> Characters {
    var result = self
    for i in result.entries.indices { result.entries[i].set = operation(result.entries[i].set) }
    result.entries.removeAll { $0.set == 0 }
    return result
  }

  /// An operation of two along each axis that either has.
  func combined(_ other: Characters, _ operation: (CharacterID, CharacterID) -> CharacterID) -> Characters {
    if entries.isEmpty && other.entries.isEmpty { return self }
    var result = Characters()
    result.entries.reserveCapacity(max(entries.count, other.entries.count))
    var (i, j) = (0, 0)
    while i < entries.count || j < other.entries.count {
      let axis: AxisID
      var (a, b): (CharacterID, CharacterID) = (0, 0)
      if j == other.entries.count || (i < entries.count && entries[i].axis < other.entries[j].axis) {
        axis = entries[i].axis
        a = entries[i].set
        i += 1
      } else if i == entries.count || other.entries[j].axis < entries[i].axis {
        axis = other.entries[j].axis
        b = other.entries[j].set
        j += 1
      } else {
        axis = entries[i].axis
        (a, b) = (entries[i].set, other.entries[j].set)
        i += 1
        j += 1
      }
      let set = operation(a, b)
      if set != 0 { result.entries.append(Entry(axis: axis, set: set)) }
    }
    return result
  }
}

public import Exact
public import TensorPrograms

/// What the scale calculus says of a value: a sum of components, each with an exponent in width.
///
/// An empty scale is a value that is exactly zero.
public struct Scale: Sendable, Hashable {
  public var components: [Component]

  public init(_ components: [Component] = []) { self.components = components }

  public static let zero = Scale()

  /// The largest exponent, nil for a value that is zero.
  public var exponent: Exponent? { components.map(\.exponent).max() }

  /// The largest exponent of what was there at initialization.
  public var initialExponent: Exponent? { components.filter { $0.origin == .initial }.map(\.exponent).max() }

  /// The largest exponent of what training did.
  public var updateExponent: Exponent? { components.filter { $0.origin == .update }.map(\.exponent).max() }
}

/// One summand of a value: its typical coordinate is of size n^exponent.
public struct Component: Sendable {
  public var exponent: Exponent
  /// How the exponent depends on the unknowns of a question; 0 if none are tracked.
  public var form: FormID = 0
  /// The same, of unknowns that no value whose scale matters has settled on the way here.
  public var open: FormID = 0
  public var origin: Origin
  /// The sign characters along each growing axis; an axis that is missing has {0}: the component is constant along
  /// it, or has a mean there.
  public var characters: Characters
  /// Gaussian weights in which the component is still linear, entry by entry, with the growing axes that are left.
  public var gaussians = GaussianFactors()
  /// The growing axes along which it is of the few coordinates that data select; of a typical coordinate if empty.
  public var selected = AxisList()
  /// The unknown whose factor entered last: the one to mend if the component is too large.
  public var blame: Blame?
  /// What made it, for explanations: an index into the context's events.
  public var cause: Int32 = -1

  public enum Origin: Sendable, Hashable { case initial, update }

  public var power: Power {
    get { Power(exponent: exponent, form: form, open: open) }
    set { (exponent, form, open) = (newValue.exponent, newValue.form, newValue.open) }
  }
}

/// A power of width: its exponent, and the linear form in the unknowns that gives it.
public struct Power: Sendable, Hashable {
  public var exponent: Exponent
  public var form: FormID
  /// The form in those unknowns that nothing has settled yet.
  public var open: FormID

  public init(exponent: Exponent, form: FormID = 0, open: FormID = 0) {
    (self.exponent, self.form, self.open) = (exponent, form, open)
  }

  /// The same size, settled by what was made of it.
  var settled: Power { Power(exponent: exponent, form: form) }

  /// n^0.
  public static let one = Power(exponent: .zero)
}

extension Component: Hashable {
  /// Equality of what is claimed; causes and blame are how it came about.
  public static func == (a: Component, b: Component) -> Bool {
    a.exponent == b.exponent && a.origin == b.origin && a.characters == b.characters && a.gaussians == b.gaussians
      && a.selected == b.selected
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
  /// Those of its axes that are left, under the names that they have now.
  public var axes: AxisList
  /// The same under the weight's own names: its randomness belongs to these, however they are renamed.
  public var own: AxisList
  /// Whether it is of the rows that data select, along axes that are not among these.
  var isSelected = false

  init(weight: Int32, axes: AxisList, own: AxisList) { (self.weight, self.axes, self.own) = (weight, axes, own) }

  /// A part of the axes, in both namings.
  func filter(_ condition: (AxisID) -> Bool) -> GaussianFactor {
    var result = GaussianFactor(weight: weight, axes: AxisList(), own: AxisList())
    result.isSelected = isSelected
    for i in 0..<axes.count where condition(axes[i]) {
      result.axes.append(axes[i])
      result.own.append(own[i])
    }
    return result
  }

  mutating func removeLast() {
    axes.removeLast()
    own.removeLast()
  }
}

/// A few Gaussian factors, held in place. A product of more is random along all their axes, which is where the
/// calculus puts it.
public struct GaussianFactors: Sendable, Hashable {
  private var first: GaussianFactor?
  private var second: GaussianFactor?

  public init() {}

  public var isEmpty: Bool { first == nil }
  public var all: [GaussianFactor] { [first, second].compactMap { $0 } }
  /// The first of which an axis is in the list.
  func first(touching axes: AxisList) -> GaussianFactor? {
    if let first, !first.axes.isDisjoint(with: axes) { return first }
    if let second, !second.axes.isDisjoint(with: axes) { return second }
    return nil
  }

  /// Whether there was room.
  mutating func append(_ factor: GaussianFactor) -> Bool {
    if first == nil {
      first = factor
    } else if second == nil {
      second = factor
    } else {
      return false
    }
    return true
  }

  mutating func remove(_ factor: GaussianFactor) {
    if first == factor {
      first = second
      second = nil
    } else if second == factor {
      second = nil
    }
  }

  mutating func rename(_ axis: AxisID, to other: AxisID) {
    first?.axes.rename(axis, to: other)
    second?.axes.rename(axis, to: other)
  }
}

/// A few axes in order, held in place; at most ``Characters/mostAxes``.
public struct AxisList: Sendable, Hashable {
  private var axes = SIMD4<AxisID>(repeating: -1)
  private var small: UInt8 = 0

  public init() {}
  public init(_ list: some Sequence<AxisID>) { for axis in list { append(axis) } }

  public var count: Int { Int(small) }
  public var isEmpty: Bool { small == 0 }
  public subscript(i: Int) -> AxisID { axes[i] }

  public mutating func append(_ axis: AxisID) {
    guard count < Characters.mostAxes else { return }
    axes[count] = axis
    small += 1
  }

  public mutating func removeLast() {
    small -= 1
    axes[count] = -1
  }

  public func contains(_ axis: AxisID) -> Bool {
    for i in 0..<count where axes[i] == axis { return true }
    return false
  }

  func isDisjoint(with other: AxisList) -> Bool {
    for i in 0..<count where other.contains(axes[i]) { return false }
    return true
  }

  func filter(_ condition: (AxisID) -> Bool) -> AxisList {
    var result = AxisList()
    for i in 0..<count where condition(axes[i]) { result.append(axes[i]) }
    return result
  }

  func allSatisfy(_ condition: (AxisID) -> Bool) -> Bool {
    for i in 0..<count where !condition(axes[i]) { return false }
    return true
  }

  mutating func rename(_ axis: AxisID, to other: AxisID) {
    for i in 0..<count where axes[i] == axis { axes[i] = other }
  }
}

/// Which unknown's factor entered a component last; how its size depends on it says its form.
public struct Blame: Sendable, Hashable {
  public var unknown: Int32
  /// The instruction at which the unknown's factor entered; nil for a weight not yet used.
  public var entered: Int32?

  public init(unknown: Int32, entered: Int32?) {
    (self.unknown, self.entered) = (unknown, entered)
  }
}

/// Characters along axes, sorted by axis, without those that are {0}. Held in place: at most ``Characters/mostAxes``.
public struct Characters: Sendable, Hashable {
  private var axes = SIMD4<AxisID>(repeating: .max)
  private var sets = SIMD4<CharacterID>()
  private var small: UInt8 = 0
  private var count: Int {
    get { Int(small) }
    set { small = UInt8(newValue) }
  }

  /// The largest number of growing axes of one tensor.
  public static let mostAxes = 4

  public init() {}

  /// The axes that have characters other than {0}.
  public var withCharacters: [AxisID] { (0..<count).map { axes[$0] } }

  public subscript(axis: AxisID) -> CharacterID {
    get {
      for i in 0..<count where axes[i] == axis { return sets[i] }
      return 0
    }
    set {
      var i = 0
      while i < count, axes[i] < axis { i += 1 }
      if i < count, axes[i] == axis {
        if newValue == 0 { remove(i) } else { sets[i] = newValue }
      } else if newValue != 0, count < Characters.mostAxes {
        var j = count
        while j > i {
          axes[j] = axes[j - 1]
          sets[j] = sets[j - 1]
          j -= 1
        }
        axes[i] = axis
        sets[i] = newValue
        count += 1
      }
    }
  }

  private mutating func remove(_ i: Int) {
    for j in i..<count - 1 {
      axes[j] = axes[j + 1]
      sets[j] = sets[j + 1]
    }
    count -= 1
    axes[count] = .max
    sets[count] = 0
  }

  mutating func keep(where condition: (AxisID) -> Bool) {
    var i = 0
    while i < count { if condition(axes[i]) { i += 1 } else { remove(i) } }
  }

  mutating func rename(_ axis: AxisID, to other: AxisID) {
    let set = self[axis]
    self[axis] = 0
    self[other] = set
  }

  /// The same operation along each axis.
  func mapped(_ operation: (CharacterID) -> CharacterID) -> Characters {
    var result = Characters()
    for i in 0..<count { result[axes[i]] = operation(sets[i]) }
    return result
  }

  /// An operation of two along each axis that either has.
  func combined(_ other: Characters, _ operation: (CharacterID, CharacterID) -> CharacterID) -> Characters {
    if count == 0 && other.count == 0 { return self }
    var result = Characters()
    var (i, j) = (0, 0)
    while i < count || j < other.count {
      let axis: AxisID
      var (a, b): (CharacterID, CharacterID) = (0, 0)
      if j == other.count || (i < count && axes[i] < other.axes[j]) {
        (axis, a) = (axes[i], sets[i])
        i += 1
      } else if i == count || other.axes[j] < axes[i] {
        (axis, b) = (other.axes[j], other.sets[j])
        j += 1
      } else {
        (axis, a, b) = (axes[i], sets[i], other.sets[j])
        i += 1
        j += 1
      }
      let set = operation(a, b)
      if set != 0, result.count < Characters.mostAxes {
        result.axes[result.count] = axis
        result.sets[result.count] = set
        result.count += 1
      }
    }
    return result
  }
}

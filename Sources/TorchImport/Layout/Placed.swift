import TensorPrograms

/// A tensor as the program has it: one value, or several that stand one after the other along dimensions that are sums.
struct Placed {
  /// By the number of the alternative along each dimension.
  var cells: [[Int]: Cell]

  /// The cells in order, so that they are always written in the same one.
  var ordered: [(key: [Int], cell: Cell)] {
    cells.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key, $0.value) }
  }

  struct Cell {
    var value: Value
    /// The named axes of each dimension, outermost first. The value may lack some: it is the same along them.
    var axes: [[Axis]]
  }
}

extension Placed.Cell {
  var flat: [Axis] { axes.flatMap(\.self) }

  /// The same under other names of axes; both lists are in the order of ``flat``.
  func relabeled(_ names: [Axis]) -> Value {
    var value = value
    var pending = zip(flat, names).filter { $0 != $1 && value.axes.contains($0) }
    while !pending.isEmpty {
      if let i = pending.firstIndex(where: { !value.axes.contains($0.1) }) {
        value = rename(value, pending[i].0, to: pending[i].1)
        pending.remove(at: i)
      } else {
        // A circle: one of them goes out of the way first.
        var free = pending[0].0
        while value.axes.contains(free) || names.contains(free) { free.primes += 1 }
        value = rename(value, pending[0].0, to: free)
        pending[0].0 = free
      }
      if value.id == nil { return value }
    }
    return value
  }

  /// With as few primes as its axes need to be told apart.
  var plain: Placed.Cell {
    var names: [Axis] = []
    for axis in flat {
      var name = Axis(axis.dimension)
      while names.contains(name) { name.primes += 1 }
      names.append(name)
    }
    let value = relabeled(names)
    var rest = names[...]
    let grouped = axes.map { group in
      defer { rest = rest.dropFirst(group.count) }
      return Array(rest.prefix(group.count))
    }
    return Placed.Cell(value: value, axes: grouped)
  }

  /// With copies along those of `wanted` that the value lacks.
  func expanded(along wanted: [Axis]) -> Value {
    let missing = wanted.filter { !value.axes.contains($0) }
    return missing.isEmpty ? value : expand(value, to: value.axes + missing)
  }
}

/// Names for axes, each once: as wanted, else primed.
struct AxisNames {
  private(set) var taken: Set<Axis> = []

  mutating func take(_ wanted: Axis) -> Axis {
    var name = wanted
    while taken.contains(name) { name.primes += 1 }
    taken.insert(name)
    return name
  }
}

/// Every combination of numbers below the counts, in order.
func combinations(_ counts: [Int]) -> [[Int]] {
  counts.reduce([[]]) { done, count in done.flatMap { head in (0..<count).map { head + [$0] } } }
}

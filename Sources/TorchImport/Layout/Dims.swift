/// A dimension of a tensor. What it consists of is known only when the whole network has been seen.
struct Dim: Hashable {
  let index: Int
}

/// All dimensions, each found out by how it is used: those that meet are one, and one that is viewed as several is their
/// product.
///
/// Heads and head size, for example, are one dimension of a query's weight until a later view tells them apart. A
/// dimension that is cut into unequal parts (query, key and value of grouped heads in one matrix) is their sum.
final class Dims {
  private enum State {
    case leaf(Extent)
    case same(Dim)
    /// Outermost first.
    case product([Dim])
    case sum([Dim], Extent)
  }
  private var states: [State] = []

  func make(_ extent: Extent) -> Dim {
    states.append(extent == .one ? .product([]) : .leaf(extent))
    return Dim(index: states.count - 1)
  }

  func product(_ factors: [Dim]) -> Dim {
    states.append(.product(factors))
    return Dim(index: states.count - 1)
  }

  func sum(_ parts: [Dim]) -> Dim {
    if parts.count == 1 { return parts[0] }
    states.append(.sum(parts, parts.map(extent).reduce(Extent(0), +)))
    return Dim(index: states.count - 1)
  }

  func extent(_ dim: Dim) -> Extent {
    switch states[dim.index] {
    case .leaf(let extent), .sum(_, let extent): extent
    case .same(let other): extent(other)
    case .product(let factors): factors.map(extent).reduce(.one) { ($0 * $1) ?? $0 }
    }
  }

  /// Its factors, outermost first; none if its size is 1. Each is a leaf or a sum.
  func factors(_ dim: Dim) -> [Dim] {
    switch states[dim.index] {
    case .leaf, .sum: [dim]
    case .same(let other): factors(other)
    case .product(let all): all.flatMap(factors)
    }
  }

  /// The parts of a factor that is a sum, else nil.
  func parts(_ factor: Dim) -> [Dim]? {
    if case .sum(let parts, _) = states[factor.index] { parts } else { nil }
  }

  /// What stands where along a dimension: one after the other the parts of its sums, each as its leaves.
  func alternatives(_ dim: Dim) -> [[Dim]] {
    factors(dim).reduce([[]]) { done, factor in
      let own = parts(factor).map { $0.flatMap(alternatives) } ?? [[factor]]
      return done.flatMap { head in own.map { head + $0 } }
    }
  }

  /// Makes two dimensions one. False if they cannot be.
  func unify(_ a: Dim, _ b: Dim) -> Bool { regroup([a], [b]) }

  /// Makes the product of some dimensions that of others, row-major: what a view does.
  func regroup(_ from: [Dim], _ to: [Dim]) -> Bool {
    var (a, b) = (Array(from.flatMap(factors).reversed()), Array(to.flatMap(factors).reversed()))
    while let x = a.last, let y = b.last {
      if x == y {
        a.removeLast()
        b.removeLast()
        continue
      }
      let (p, q) = (extent(x), extent(y))
      if p == q {
        guard join(x, y) else { return false }
        a.removeLast()
        b.removeLast()
      } else if let inner = p / q {
        guard split(x, outer: q, inner: inner) else { return false }
        a.removeLast()
        a += factors(x).reversed()
      } else if let inner = q / p {
        guard split(y, outer: p, inner: inner) else { return false }
        b.removeLast()
        b += factors(y).reversed()
      } else {
        return false
      }
    }
    return a.isEmpty && b.isEmpty
  }

  /// Makes two factors of one size one.
  private func join(_ x: Dim, _ y: Dim) -> Bool {
    switch (states[x.index], states[y.index]) {
    case (.leaf, _): states[x.index] = .same(y)
    case (_, .leaf): states[y.index] = .same(x)
    case (.sum(let p, _), .sum(let q, _)):
      guard align(p, q) else { return false }
      states[x.index] = .same(y)
    default: return false
    }
    return true
  }

  /// Makes the parts of two sums the same, cut at the same places.
  private func align(_ p: [Dim], _ q: [Dim]) -> Bool {
    var (a, b) = (Array(p.reversed()), Array(q.reversed()))
    while let x = a.popLast(), let y = b.popLast() {
      let (s, t) = (extent(x), extent(y))
      if s == t {
        guard unify(x, y) else { return false }
      } else if s.isBelow(t), let rest = cut(y, [s, t - s]) {
        guard unify(x, rest[0]) else { return false }
        b.append(rest[1])
      } else if t.isBelow(s), let rest = cut(x, [t, s - t]) {
        guard unify(y, rest[0]) else { return false }
        a.append(rest[1])
      } else {
        return false
      }
    }
    return a.isEmpty && b.isEmpty
  }

  private func split(_ x: Dim, outer: Extent, inner: Extent) -> Bool {
    switch states[x.index] {
    case .leaf:
      states[x.index] = .product([make(outer), make(inner)])
      return true
    case .sum(let parts, _):
      // Each part is some rows of the same inner dimension.
      let within = make(inner)
      var rows: [Dim] = []
      for part in parts {
        guard let count = extent(part) / inner else { return false }
        rows.append(make(count))
        guard regroup([part], [rows[rows.count - 1], within]) else { return false }
      }
      states[x.index] = .product([sum(rows), within])
      return true
    case .same, .product: return false
    }
  }

  /// Cuts a dimension into parts of these sizes, one after the other; nil if it cannot be cut there.
  func cut(_ dim: Dim, _ sizes: [Extent]) -> [Dim]? {
    let all = factors(dim)
    if all.count > 1 {
      // Whole rows of what is inside.
      let inside = product(Array(all[1...]))
      let rows = sizes.map { $0 / extent(inside) }
      guard !rows.contains(nil), let parts = cut(all[0], rows.compactMap(\.self)) else { return nil }
      return parts.map { product([$0, inside]) }
    }
    guard all.count == 1, sizes.allSatisfy({ $0.small > 0 && $0.large > 0 }), sizes.reduce(Extent(0), +) == extent(dim)
    else { return nil }
    let parts = sizes.map(make)
    guard unify(dim, sum(parts)) else { return nil }
    return parts
  }

  /// Views a dimension as `outer` times what is left; the two.
  func divide(_ dim: Dim, outer: Extent) -> (Dim, Dim)? {
    guard let inner = extent(dim) / outer else { return nil }
    let pair = (make(outer), make(inner))
    return regroup([dim], [pair.0, pair.1]) ? pair : nil
  }
}

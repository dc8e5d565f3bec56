import TensorPrograms

/// Gaussian values and functions of them.
extension Expectation {
  /// The Gaussian value that a terminal is a function of, and the function.
  private func argument(_ view: View) -> (View, EntryFunction) {
    if case .function(let f, let x) = graph[view.node].node { return (graph.view(x, in: view), f) }
    return (view, .identityFunction)
  }

  /// The mean of a Gaussian value.
  private mutating func center(_ view: View) throws -> Grid? {
    if case .gaussian = graph[view.node].node { return nil }
    let grid = try mean([view])
    return grid.values.allSatisfy { $0 == 0 } ? nil : grid
  }

  mutating func single(_ view: View) throws -> Grid {
    let (u, f) = argument(view)
    if case .gaussian = graph[view.node].node { return .number(0) }
    let center = try center(u)
    let variance = try self.covariance(u, u, center, center)
    return try series.mean(f, variance: variance, center: center, extents, name: name(view))
  }

  /// The mean of a product of two values less that of their means.
  private mutating func covariance(_ u: View, _ v: View, _ centerU: Grid?, _ centerV: Grid?) throws -> Grid {
    let second = try mean([u, v])
    guard let centerU, let centerV else { return second }
    return extents.sum(second, -1, extents.product(centerU, centerV))
  }

  mutating func pair(_ first: View, _ second: View) throws -> Grid {
    if case .gaussian = graph[first.node].node, case .gaussian = graph[second.node].node {
      let (grid, links) = try covariance(first, second)
      return links.reduce(grid) { extents.product($0, extents.identity($1.0, $1.1)) }
    }
    let ((u, f), (v, g)) = (argument(first), argument(second))
    let (centerU, centerV) = (try center(u), try center(v))
    var covariance = try self.covariance(u, v, centerU, centerV)
    let uu = try self.covariance(u, u, centerU, centerU)
    let vv = u == v ? uu : try self.covariance(v, v, centerV, centerV)
    if u == v { covariance = uu } else if u.node == v.node, isSameGroup { setDiagonal(&covariance, u, v, uu) }
    return try series.mean(
      f, g, variances: (uu, vv), covariance: covariance, centers: (centerU, centerV), extents, name: name(second))
  }

  /// Where a value meets itself the covariance is the variance, to the last bit: near there square roots make much of
  /// roundings.
  private func setDiagonal(_ covariance: inout Grid, _ u: View, _ v: View, _ variance: Grid) {
    let image = zip(u.labels, v.labels).filter { $0 != $1 }
    if image.contains(where: { isGrowing($0.0) }) { return }
    guard image.allSatisfy({ extents[$0.0] == extents[$0.1] }) else { return }
    let all = Set(covariance.labels + variance.labels)
    covariance = extents.broadcast(covariance, to: all.union(image.filter { all.contains($0.0) }.map(\.1)))
    let walked = extents.order(Set(covariance.labels).subtracting(image.map(\.1)))
    var strides = covariance.strides(along: walked)
    for (i, label) in walked.enumerated() {
      if let other = image.first(where: { $0.0 == label })?.1 { strides[i] += covariance.strides(along: [other])[0] }
    }
    forEachIndex(walked.map { extents[$0] }, [strides, variance.strides(along: walked)]) { offsets in
      covariance.values[offsets[0]] = variance.values[offsets[1]]
    }
  }

  /// The covariance of two Gaussian values, 1 or 0 by whether the labels of each link have the same index.
  private mutating func covariance(_ u: View, _ v: View) throws -> (Grid, links: [(Label, Label)]) {
    guard case .gaussian(let m, let x) = graph[u.node].node, case .gaussian(let other, let y) = graph[v.node].node,
      m.weight == other.weight, m.isContracted == other.isContracted
    else { return (.number(0), []) }
    var links: [(Label, Label)] = []
    for (i, pair) in zip(m.axes, other.axes).enumerated() where !m.isContracted[i] {
      guard let a = graph.label(pair.0, of: u), let b = graph.label(pair.1, of: v), a != b else { continue }
      if a.axis < 0 || graph.grows[Int(a.axis)] { return (.number(0), []) }
      links.append((a, b))
    }
    guard x != nil, y != nil, let operands = graph.operands(u, v) else { return (.number(1), links) }
    let fixed = operands.contracted.filter { !graph.grows[Int($0.axis)] }
    return (try mean([operands.x, operands.y], summing: Set(fixed)), links)
  }

  /// The mean of the product of two values, with links where both are Gaussian.
  mutating func linked(_ u: View, _ v: View) throws -> (Grid, links: [(Label, Label)]) {
    var (factor, a, b) = (1.0, u, v)
    for _ in 0..<8 {
      if case .sum(let terms) = graph[a.node].node, terms.count == 1 {
        factor *= terms[0].coefficient
        a = graph.view(terms[0].node, in: a)
      }
      if case .sum(let terms) = graph[b.node].node, terms.count == 1 {
        factor *= terms[0].coefficient
        b = graph.view(terms[0].node, in: b)
      }
    }
    if case .gaussian = graph[a.node].node, case .gaussian = graph[b.node].node {
      let (grid, links) = try covariance(a, b)
      return (factor * grid, links)
    }
    return (try mean([u, v]), [])
  }

  /// Isserlis' theorem, for Gaussian values and powers of them.
  mutating func many(_ views: [View]) throws -> Grid {
    var gaussian: [View] = []
    for (i, view) in views.enumerated() {
      let (u, f) = argument(view)
      if case .gaussian = graph[view.node].node {
        gaussian.append(view)
        continue
      }
      guard let parts = f.parts, parts.allSatisfy({ $0.base == .one }) else {
        throw LimitError.unsupported(
          value: name(view), operation: f.name,
          reason: "the mean of a product of \(views.count) functions of Gaussian values that depend on one another")
      }
      var rest = views
      rest.remove(at: i)
      var total: Grid?
      for part in parts {
        let powers = [View](repeating: u, count: part.power)
        total = extents.sum(total, part.coefficient, try mean(rest + powers))
      }
      return total ?? .number(0)
    }
    guard gaussian.count % 2 == 0 else { return .number(0) }
    var total: Grid?
    for partner in gaussian.indices.dropFirst() {
      let rest = gaussian.indices.filter { $0 != 0 && $0 != partner }.map { gaussian[$0] }
      let product = extents.product(try mean([gaussian[0], gaussian[partner]]), try mean(rest))
      total = extents.sum(total, 1, product)
    }
    return total ?? .number(0)
  }
}

extension EntryFunction {
  static let identityFunction = EntryFunction(
    "identity", FunctionProfile(.odd, homogeneity: 1), parts: [FunctionPart(power: 1)], steps: [])
}

import TensorPrograms

/// The numbers behind a kernel graph for two groups of examples: means of products of its values.
///
/// A product is taken apart until only Gaussian values and functions of them are left; parts that are independent are
/// taken alone; what remains is one function, or two, or a product of Gaussian values (Isserlis' theorem).
struct Expectation {
  let graph: KernelGraph
  var extents: Extents
  let runner: InstructionRunner
  /// The contents of inputs, by instruction, for each side.
  let data: [[Int: Grid]]
  /// Whether both sides are the same examples, so that a value with itself is on the diagonal.
  let isSameGroup: Bool
  /// The names of the program's values, by instruction.
  let names: [String]
  private var known: [Query: [Grid]] = [:]
  private var numbers: [NumberKey: Grid] = [:]
  var series = SeriesCache()

  private struct Query: Hashable {
    var views: [View]
    var summed: Set<Label>
  }

  private struct NumberKey: Hashable {
    var node: Int
    var side: Int8
  }

  init(
    _ graph: KernelGraph, _ extents: Extents, _ runner: InstructionRunner, data: [[Int: Grid]], isSameGroup: Bool,
    names: [String]
  ) {
    (self.graph, self.extents, self.runner, self.data) = (graph, extents, runner, data)
    (self.isSameGroup, self.names) = (isSameGroup, names)
  }

  func name(_ view: View) -> String { names[graph[view.node].site] }

  // MARK: - Means of products

  /// The mean of the product of some views, summed over some labels, by the labels that are left.
  mutating func mean(_ views: [View], summing summed: Set<Label> = []) throws -> Grid {
    let factors = try self.factors(views, summing: summed)
    if factors.count == 1 { return factors[0] }
    return extents.product(factors, summing: [])
  }

  /// The same as factors of which the product is to be made.
  private mutating func factors(_ views: [View], summing summed: Set<Label>) throws -> [Grid] {
    let (query, back) = canonical(views, summed)
    if let found = known[query] { return found.map { $0.relabeled { back[$0] ?? $0 } } }
    let found = try evaluate(query.views, summing: query.summed)
    known[query] = found
    return found.map { $0.relabeled { back[$0] ?? $0 } }
  }

  /// The same question with copies of labels counted in the order in which they come, so that it is recognized.
  private func canonical(_ views: [View], _ summed: Set<Label>) -> (Query, [Label: Label]) {
    let sorted = views.sorted { a, b in
      a.node != b.node ? a.node < b.node : a.labels.lexicographicallyPrecedes(b.labels)
    }
    var (image, back): ([Label: Label], [Label: Label]) = ([:], [:])
    var counts: [AxisID: Int16] = [:]
    func name(_ label: Label) -> Label {
      if extents.examples[label.axis] != nil { return label }
      if let known = image[label] { return known }
      let grows = label.axis < 0 || graph.grows[Int(label.axis)]
      let axis = grows ? -1 : label.axis
      let made = Label(axis: axis, copy: counts[axis, default: 0])
      counts[axis, default: 0] += 1
      (image[label], back[made]) = (made, label)
      return made
    }
    let renamed = sorted.map { View(node: $0.node, labels: $0.labels.map(name)) }
    return (Query(views: renamed, summed: Set(summed.sorted().map(name))), back)
  }

  func isGrowing(_ label: Label) -> Bool { label.axis < 0 || graph.grows[Int(label.axis)] }

  private mutating func evaluate(_ views: [View], summing summed: Set<Label>) throws -> [Grid] {
    var (grids, random, sums): ([Grid], [View], [View]) = ([], [], [])
    var coefficient = 1.0
    var open = views
    while let view = open.popLast() {
      let entry = graph[view.node]
      if entry.isZero { return [.number(0)] }
      guard entry.isRandom else {
        grids.append(try number(view))
        continue
      }
      switch entry.node {
      case .product(let factors): open += factors.map { graph.view($0, in: view) }
      case .renamed(let x, let from, let to): open.append(graph.view(renamed: x, from: from, to: to, in: view))
      case .sum(let terms) where terms.count == 1:
        coefficient *= terms[0].coefficient
        open.append(graph.view(terms[0].node, in: view))
      case .sum: sums.append(view)
      case .fluctuation(let reason): throw LimitError.random(value: name(view), reason: reason)
      default: random.append(view)
      }
    }
    if coefficient != 1 { grids.append(.number(coefficient)) }
    if let view = sums.popLast(), case .sum(let terms) = graph[view.node].node {
      var total: Grid?
      for term in terms {
        let part = try mean(random + sums + [graph.view(term.node, in: view)])
        total = extents.sum(total, term.coefficient, part)
      }
      return [extents.product(grids + [total ?? .number(0)], summing: summed)]
    }
    if random.isEmpty { return [extents.product(grids, summing: summed)] }
    let parts = independentParts(random)
    if parts.count > 1 || !grids.isEmpty {
      // A label that one part alone has is summed there.
      let labels = parts.map { Set($0.flatMap(\.labels)) }
      let numbered = Set(grids.flatMap(\.labels))
      var left = summed
      for (i, part) in parts.enumerated() {
        let elsewhere = labels.indices.filter { $0 != i }.reduce(numbered) { $0.union(labels[$1]) }
        let own = summed.intersection(labels[i]).subtracting(elsewhere)
        left.subtract(own)
        grids += try factors(part, summing: own)
      }
      return [extents.product(grids, summing: left)]
    }
    return [try connected(random, summing: summed)]
  }

  /// Views by what they are random in: parts have no generator in common.
  private func independentParts(_ views: [View]) -> [[View]] {
    var parts: [(views: [View], generators: Set<KernelGraph.ViewGenerator>)] = []
    for view in views {
      var joined = (views: [view], generators: graph.generators(view))
      parts.removeAll { part in
        guard !part.generators.isDisjoint(with: joined.generators) else { return false }
        joined = (part.views + joined.views, part.generators.union(joined.generators))
        return true
      }
      parts.append(joined)
    }
    return parts.map(\.views)
  }

  /// The mean of views that may depend on one another.
  mutating func connected(_ views: [View], summing summed: Set<Label>) throws -> Grid {
    for (i, view) in views.enumerated() {
      guard case .total(let x, let over) = graph[view.node].node else { continue }
      var rest = views
      rest.remove(at: i)
      let copy = graph.freshCopy(views + [View(node: 0, labels: Array(summed))])
      let fresh = over.map { Label(axis: $0, copy: copy) }
      let inner = graph.view(x, in: view) { axis in fresh.first { $0.axis == axis } ?? Label(axis: axis) }
      // Along an axis that the operand lacks the sum is a multiple.
      return try mean(rest + [inner], summing: summed.union(fresh))
    }
    if let i = views.firstIndex(where: isLinear) { return try linear(views, i, summing: summed) }
    let grid: Grid
    switch views.count {
    case 1: grid = try single(views[0])
    case 2: grid = try pair(views[0], views[1])
    default: grid = try many(views)
    }
    return summed.isEmpty ? grid : extents.product([grid], summing: summed)
  }

  private func isLinear(_ view: View) -> Bool { if case .linear = graph[view.node].node { true } else { false } }

  /// Takes linear maps away: two that meet only each other together, another one alone.
  private mutating func linear(_ views: [View], _ i: Int, summing summed: Set<Label>) throws -> Grid {
    let copy = graph.freshCopy(views + [View(node: 0, labels: Array(summed))])
    func inner(_ view: View, _ operand: Int, _ copy: Int16) -> View {
      View(
        node: operand,
        labels: graph[operand].axes.map { axis in
          if extents.examples[axis] != nil || graph.grows[Int(axis)] {
            graph.label(axis, of: view) ?? Label(axis: axis)
          } else {
            Label(axis: axis, copy: copy)
          }
        })
    }
    if views.count == 2, case .linear(let a, let x, let dataA) = graph[views[0].node].node,
      case .linear(let b, let y, let dataB) = graph[views[1].node].node, dataA.isEmpty, dataB.isEmpty,
      let mapA = try runner.matrix(a), let mapB = try runner.matrix(b)
    {
      let (u, v) = (inner(views[0], x, copy), inner(views[1], y, copy + 1))
      let (grid, links) = try linked(u, v)
      return extents.apply(
        (mapA, own(views[0], runner.resultAxes(a)), own(u, runner.operandAxes(a))),
        (mapB, own(views[1], runner.resultAxes(b)), own(v, runner.operandAxes(b))), to: grid, links: links,
        summing: summed)
    }
    guard case .linear(let instruction, let x, let data) = graph[views[i].node].node else { return .number(0) }
    var rest = views
    let view = rest.remove(at: i)
    let u = inner(view, x, copy)
    let grid = try mean(rest + [u])
    let side = self.side(view)
    let others = try data.map { try number(baseView($0, side: side)) }
    let made = try runner.apply(
      instruction, to: grid, under: labels(u), others: others, giving: labels(view), side: side, extents)
    return summed.isEmpty ? made : extents.product([made], summing: summed)
  }

  /// The labels of axes of a view, in the order of `axes`.
  private func own(_ view: View, _ axes: [AxisID]) -> [Label] {
    axes.map { graph.label($0, of: view) ?? Label(axis: $0) }
  }

  func labels(_ view: View) -> [AxisID: Label] {
    Dictionary(zip(graph[view.node].axes, view.labels), uniquingKeysWith: { first, _ in first })
  }

  func side(_ view: View) -> Int8 { view.labels.first { extents.examples[$0.axis] != nil }?.side ?? 0 }

  /// A node under the labels that its axes have when they are alone.
  func baseView(_ node: Int, side: Int8) -> View {
    View(
      node: node,
      labels: graph[node].axes.map { axis in
        Label(axis: axis, side: extents.examples[axis] != nil ? side : 0)
      })
  }

  // MARK: - Numbers

  /// The numbers of a node that is not random, under the labels of a view.
  mutating func number(_ view: View) throws -> Grid {
    let side = self.side(view)
    let base = baseView(view.node, side: side)
    let key = NumberKey(node: view.node, side: side)
    let grid: Grid
    if let found = numbers[key] {
      grid = found
    } else {
      grid = try evaluate(number: base, side: side)
      numbers[key] = grid
    }
    let image = Dictionary(zip(base.labels, view.labels), uniquingKeysWith: { first, _ in first })
    return grid.relabeled { image[$0] ?? $0 }
  }

  private mutating func evaluate(number view: View, side: Int8) throws -> Grid {
    switch graph[view.node].node {
    case .number(let value): return .number(value)
    case .data(let input): return data[Int(side)][input] ?? .number(0)
    case .identity(let a, let b):
      return extents.identity(
        Label(axis: a, side: extents.examples[a] != nil ? side : 0),
        Label(axis: b, side: extents.examples[b] != nil ? side : 0))
    case .computed(let instruction, let operands):
      let grids = try operands.map { try number(baseView($0, side: side)) }
      return try runner.compute(instruction, grids, giving: labels(view), side: side, extents)
    case .expectation(let operands):
      return try mean(operands.map { baseView($0, side: side) })
    case .function(let f, let x):
      let grid = try number(baseView(x, side: side))
      return Grid(grid.labels, grid.sizes, f(grid.values))
    case .product(let factors):
      return extents.product(try factors.map { try number(graph.view($0, in: view)) }, summing: [])
    case .sum(let terms):
      var total: Grid?
      for term in terms {
        total = extents.sum(total, term.coefficient, try number(graph.view(term.node, in: view)))
      }
      return total ?? .number(0)
    case .linear(let instruction, let x, let data):
      let u = graph.view(x, in: view)
      let others = try data.map { try number(baseView($0, side: side)) }
      return try runner.apply(
        instruction, to: try number(u), under: labels(u), others: others, giving: labels(view), side: side, extents)
    case .total(let x, let over):
      let inner = graph.view(x, in: view)
      return extents.product([try number(inner)], summing: Set(over.map { Label(axis: $0) }))
    case .renamed(let x, let from, let to):
      return try number(graph.view(renamed: x, from: from, to: to, in: view))
    case .gaussian, .fluctuation: return .number(0)
    }
  }
}

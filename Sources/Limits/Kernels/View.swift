import TensorPrograms

/// A value of a kernel graph in an expectation: which of its indices is which.
struct View: Hashable {
  var node: Int
  /// One for each axis of the value.
  var labels: [Label]
}

extension KernelGraph {
  /// The label of an axis of a view.
  func label(_ axis: AxisID, of view: View) -> Label? {
    entries[view.node].axes.firstIndex(of: axis).map { view.labels[$0] }
  }

  /// The operand of a view with the labels of the axes that both have; `others` gives those of the others.
  func view(_ operand: Int, in view: View, others: (AxisID) -> Label = { Label(axis: $0) }) -> View {
    View(node: operand, labels: entries[operand].axes.map { label($0, of: view) ?? others($0) })
  }

  /// The operand of a renaming.
  func view(renamed operand: Int, from: AxisID, to: AxisID, in view: View) -> View {
    View(
      node: operand,
      labels: entries[operand].axes.map { label($0 == from ? to : $0, of: view) ?? Label(axis: $0) })
  }

  /// The randomness of a view: generators, each with the labels of its growing axes.
  func generators(_ view: View) -> Set<ViewGenerator> {
    let entry = entries[view.node]
    return Set(
      entry.generators.map { g in
        ViewGenerator(
          weight: g.weight, isContracted: g.isContracted,
          labels: g.axes.map { axis in axis < 0 ? Label(axis: -1) : label(axis, of: view) ?? Label(axis: axis, copy: -1)
          })
      })
  }

  struct ViewGenerator: Hashable {
    var weight: Int
    var isContracted: [Bool]
    var labels: [Label]
  }

  /// Labels of growing axes that the operands of two applications of one weight are summed along together: none of them
  /// occurs in the views.
  func freshCopy(_ views: [View]) -> Int16 { 1 + (views.lazy.flatMap(\.labels).map(\.copy).max() ?? 0) }

  /// The operands of a weight's two applications, under labels of which those that are contracted agree.
  func operands(_ u: View, _ v: View) -> (x: View, y: View, contracted: [Label])? {
    guard case .gaussian(let m, let x?) = entries[u.node].node, case .gaussian(let other, let y?) = entries[v.node].node
    else { return nil }
    let copy = freshCopy([u, v])
    let names = zip(m.axes, other.axes).enumerated().filter { m.isContracted[$0.offset] }.map(\.element)
    func operand(_ node: Int, of view: View, _ name: ((AxisID, AxisID)) -> AxisID) -> View {
      self.view(node, in: view) { axis in
        names.first { name($0) == axis }.map { Label(axis: $0.0, copy: copy) } ?? Label(axis: axis)
      }
    }
    return (operand(x, of: u) { $0.0 }, operand(y, of: v) { $0.1 }, names.map { Label(axis: $0.0, copy: copy) })
  }
}

/// Which expectations vanish whatever the data, by independence and by symmetry.
///
/// If a weight changes its sign its Gaussian values do, and the distribution stays. So the mean of a product is 0 if a
/// part of it is independent of the rest and odd.
struct Symmetry {
  private var known: [[View]: Bool] = [:]

  /// Whether the mean of the product is 0. Labels of fixed axes do not matter.
  mutating func vanishes(_ views: [View], in graph: KernelGraph) -> Bool {
    if let answer = known[views] { return answer }
    let answer = find(views, in: graph)
    known[views] = answer
    return answer
  }

  private mutating func find(_ views: [View], in graph: KernelGraph) -> Bool {
    var (open, terminals): ([View], [View]) = (views, [])
    while let view = open.popLast() {
      let entry = graph[view.node]
      if entry.isZero { return true }
      guard entry.isRandom else { continue }
      switch entry.node {
      case .sum(let terms):
        let rest = open + terminals
        return terms.allSatisfy { vanishes(rest + [graph.view($0.node, in: view)], in: graph) }
      case .product(let factors): open += factors.map { graph.view($0, in: view) }
      case .linear(_, let x, _), .total(let x, _): open.append(graph.view(x, in: view))
      case .renamed(let x, let from, let to): open.append(graph.view(renamed: x, from: from, to: to, in: view))
      case .gaussian, .function: terminals.append(view)
      case .fluctuation: return false
      case .number, .data, .identity, .computed, .expectation: break
      }
    }
    let arguments = terminals.map { view in
      if case .function(_, let x) = graph[view.node].node { graph.view(x, in: view) } else { view }
    }
    // Parts that are correlated, directly or through others.
    var part = Array(terminals.indices)
    for i in part.indices {
      for j in 0..<i where part[i] != part[j] && areCorrelated(arguments[i], arguments[j], in: graph) {
        let (from, to) = (part[i], part[j])
        for k in part.indices where part[k] == from { part[k] = to }
      }
    }
    return Set(part).contains { p in
      var isOdd = false
      for i in part.indices where part[i] == p {
        switch parity(terminals[i], arguments[i], in: graph) {
        case .odd: isOdd.toggle()
        case .even: break
        case .neither: return false
        }
      }
      return isOdd
    }
  }

  private mutating func parity(_ terminal: View, _ argument: View, in graph: KernelGraph) -> FunctionProfile.Parity {
    guard case .function(let f, _) = graph[terminal.node].node else { return .odd }
    return f.profile.parity == .neither || !vanishes([argument], in: graph) ? .neither : f.profile.parity
  }

  private mutating func areCorrelated(_ u: View, _ v: View, in graph: KernelGraph) -> Bool {
    guard case .gaussian = graph[u.node].node, case .gaussian = graph[v.node].node else {
      return !vanishes([u, v], in: graph)
    }
    guard !graph.generators(u).isDisjoint(with: graph.generators(v)) else { return false }
    return graph.operands(u, v).map { !vanishes([$0.x, $0.y], in: graph) } ?? true
  }
}

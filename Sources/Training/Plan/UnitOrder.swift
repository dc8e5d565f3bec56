import TensorPrograms

/// The order in which groups of nodes run, and which new values may be written over the old ones.
///
/// Forward and backward pass keep their order, except that a chain that can do so runs right after a large product and
/// reads it from the cache. The optimizer's groups run as early as possible, so that a gradient's memory is free again
/// soon.
struct UnitOrder {
  private let graph: Graph
  private let fusion: Fusion
  /// By group: the groups that must run after it.
  private var successors: [[Int]]

  init(_ graph: Graph, _ fusion: Fusion) {
    self.graph = graph
    self.fusion = fusion
    successors = [[Int]](repeating: [], count: fusion.groups.count)
    for (index, group) in fusion.groups.enumerated() {
      var before: Set<Int> = []
      for member in group.members {
        for operand in graph.nodes[member].operands {
          let maker = fusion.groupOf[graph.storage[operand]]
          if maker >= 0, maker != index, before.insert(maker).inserted { successors[maker].append(index) }
        }
      }
    }
  }

  /// The targets that are overwritten in place; the order now lets every reader of the old value go first.
  mutating func placeUpdates(_ updates: [(value: Int, target: Int)]) -> Set<Int> {
    var placed: Set<Int> = []
    for (value, target) in updates {
      let writer = fusion.groupOf[value]
      guard writer >= 0, fusion.groups[writer].isChain, graph.nodes[value].axes == graph.nodes[target].axes
      else {
        continue
      }
      // Inside the chain the old value must be read in the order in which the new one is written.
      let readers = fusion.readers[target]
      let isInOrder = readers.allSatisfy { reader in
        fusion.groupOf[reader] != writer
          || graph.nodes[reader].operands.allSatisfy {
            graph.storage[$0] != target || graph.nodes[$0].axes == graph.nodes[value].axes
          }
      }
      let others = Set(readers.map { fusion.groupOf[$0] }).subtracting([writer, -1])
      guard isInOrder, others.isDisjoint(with: following(writer)) else { continue }
      for other in others.sorted() where !successors[other].contains(writer) {
        successors[other].append(writer)
      }
      placed.insert(target)
    }
    return placed
  }

  private func following(_ unit: Int) -> Set<Int> {
    var found: Set<Int> = []
    var open = [unit]
    while let next = open.popLast() {
      for successor in successors[next] where found.insert(successor).inserted { open.append(successor) }
    }
    return found
  }

  /// The groups in the order in which they run. `updatesLast`: the optimizer's groups wait for all others.
  func sequence(updatesLast: Bool = false) -> [Int] {
    var open = [Int](repeating: 0, count: successors.count)
    for list in successors { for unit in list { open[unit] += 1 } }
    let all = fusion.groups.indices.sorted { fusion.groups[$0].position < fusion.groups[$1].position }
    let isStep = { (unit: Int) in
      fusion.groups[unit].members.first.map { graph.nodes[$0].phase == .step } ?? false
    }
    var sequence: [Int] = []
    var updates = !updatesLast
    var isDone = [Bool](repeating: false, count: fusion.groups.count)
    func run(_ unit: Int) {
      var ready = [unit]
      while let next = ready.popLast() {
        sequence.append(next)
        isDone[next] = true
        for successor in successors[next].reversed() {
          open[successor] -= 1
          if open[successor] == 0, isStep(successor) ? updates : follows(successor, next) { ready.append(successor) }
        }
      }
    }
    for unit in all where !isStep(unit) && !isDone[unit] { run(unit) }
    updates = true
    for unit in all where open[unit] == 0 && !isDone[unit] { run(unit) }
    return sequence
  }

  /// Whether a unit is a chain over the result of a product that is too large for the nearest cache.
  private func follows(_ unit: Int, _ product: Int) -> Bool {
    guard fusion.groups[unit].isChain, !fusion.groups[product].isChain, let node = fusion.groups[product].members.first,
      case .kernel(let kernel) = graph.nodes[node].lowering, kernel.multiplyAdds > 0
    else { return false }
    let shape = graph.nodes[fusion.groups[unit].space].shape
    return shape.count >= 1 << 16 && shape.count == graph.nodes[node].shape.count
  }
}

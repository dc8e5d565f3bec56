import TensorPrograms

/// The order of a plan's units, and which new values may be written over the old ones.
///
/// Forward and backward pass keep their order, but for chains that can run right behind a large product and read it while
/// it is near; the optimizer's units run as soon as they can, so that a gradient's memory is free again soon after it is
/// known.
struct UnitOrder {
  private let graph: Graph
  private let fusion: Fusion
  /// By unit: those that must run later.
  private var successors: [[Int]]

  init(_ graph: Graph, _ fusion: Fusion) {
    self.graph = graph
    self.fusion = fusion
    successors = [[Int]](repeating: [], count: fusion.units.count)
    for (index, unit) in fusion.units.enumerated() {
      var before: Set<Int> = []
      for member in unit.members {
        for operand in graph.nodes[member].operands {
          let maker = fusion.unitOf[graph.storage[operand]]
          if maker >= 0, maker != index, before.insert(maker).inserted { successors[maker].append(index) }
        }
      }
    }
  }

  /// The targets that are overwritten in place; the order now lets every reader of the old value go first.
  mutating func placeUpdates(_ updates: [(value: Int, target: Int)]) -> Set<Int> {
    var placed: Set<Int> = []
    for (value, target) in updates {
      let writer = fusion.unitOf[value]
      guard writer >= 0, fusion.units[writer].isChain, graph.nodes[value].axes == graph.nodes[target].axes
      else {
        continue
      }
      // Inside the chain the old value must be read in the order in which the new one is written.
      let readers = fusion.readers[target]
      let isInOrder = readers.allSatisfy { reader in
        fusion.unitOf[reader] != writer
          || graph.nodes[reader].operands.allSatisfy {
            graph.storage[$0] != target || graph.nodes[$0].axes == graph.nodes[value].axes
          }
      }
      let others = Set(readers.map { fusion.unitOf[$0] }).subtracting([writer, -1])
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

  /// The units in the order in which they run. `updatesLast`: the optimizer's units wait for all others.
  func sequence(updatesLast: Bool = false) -> [Int] {
    var waiting = [Int](repeating: 0, count: successors.count)
    for list in successors { for unit in list { waiting[unit] += 1 } }
    let all = fusion.units.indices.filter { !fusion.units[$0].members.isEmpty }
      .sorted { fusion.units[$0].position < fusion.units[$1].position }
    let isStep = { (unit: Int) in
      fusion.units[unit].members.first.map { graph.nodes[$0].phase == .step } ?? false
    }
    var sequence: [Int] = []
    var updates = !updatesLast
    var isDone = [Bool](repeating: false, count: fusion.units.count)
    func run(_ unit: Int) {
      var ready = [unit]
      while let next = ready.popLast() {
        sequence.append(next)
        isDone[next] = true
        for successor in successors[next].reversed() {
          waiting[successor] -= 1
          if waiting[successor] == 0, isStep(successor) ? updates : follows(successor, next) { ready.append(successor) }
        }
      }
    }
    for unit in all where !isStep(unit) && !isDone[unit] { run(unit) }
    updates = true
    for unit in all where waiting[unit] == 0 && !isDone[unit] { run(unit) }
    return sequence
  }

  /// Whether a unit is a chain over the result of a product that is too large for the nearest cache.
  private func follows(_ unit: Int, _ product: Int) -> Bool {
    guard fusion.units[unit].isChain, !fusion.units[product].isChain, let node = fusion.units[product].members.first,
      case .kernel(let kernel) = graph.nodes[node].lowering, kernel.multiplyAdds > 0
    else { return false }
    let shape = graph.nodes[fusion.units[unit].space].shape
    return shape.count >= 1 << 16 && shape.count == graph.nodes[node].shape.count
  }
}

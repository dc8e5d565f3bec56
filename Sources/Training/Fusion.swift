import TensorPrograms

/// Which elementwise instructions run as one pass over memory.
///
/// Every instruction begins as a unit of its own, at its position in the program. Two elementwise units over the same
/// axes that share a value are joined where the other units allow it: the earlier one may be delayed if nothing in
/// between reads what it makes, the later one moved up if nothing in between makes what it reads. The phases of a step
/// stay apart, so that the backward pass does not keep more of the forward pass alive than the program says.
struct Fusion {
  struct Unit {
    var position: Int
    /// Nodes in program order.
    var members: [Int]
    var isChain: Bool
  }

  /// Joined units leave an empty one behind.
  private(set) var units: [Unit] = []
  /// By node; -1 for a source, an alias and what is not needed.
  private(set) var unitOf: [Int]
  /// The nodes that read a node's memory, by the node at the start of its renames.
  private(set) var readers: [[Int]]
  private let graph: Graph

  /// A chain's tiles stay in the nearest cache.
  private static let mostMembers = 24

  init(_ graph: Graph, needed: [Bool]) {
    self.graph = graph
    unitOf = [Int](repeating: -1, count: graph.nodes.count)
    readers = [[Int]](repeating: [], count: graph.nodes.count)
    for node in graph.nodes.indices where needed[node] && graph.storage[node] == node && !graph.isSource(node) {
      for operand in graph.nodes[node].operands where readers[graph.storage[operand]].last != node {
        readers[graph.storage[operand]].append(node)
      }
      unitOf[node] = units.count
      units.append(Unit(position: node, members: [node], isChain: graph.isElementwise(node)))
      if graph.isElementwise(node) { joinNeighbours(of: node) }
    }
  }

  private mutating func joinNeighbours(of node: Int) {
    let operands = graph.nodes[node].operands.map { graph.storage[$0] }
    for operand in operands.reversed() where unitOf[operand] >= 0 { join(unitOf[operand], unitOf[node]) }
    // Others that read the same large value.
    for operand in operands where graph.nodes[operand].shape.count == graph.nodes[node].shape.count {
      for reader in readers[operand].suffix(4).reversed() where reader < node {
        join(unitOf[reader], unitOf[node])
      }
    }
  }

  private mutating func join(_ first: Int, _ second: Int) {
    guard first != second, units[first].isChain, units[second].isChain else { return }
    let early = units[first].position < units[second].position ? first : second
    let late = early == first ? second : first
    let (a, b) = (units[early], units[late])
    guard let one = a.members.first, let other = b.members.first,
      graph.nodes[one].axes == graph.nodes[other].axes, graph.nodes[one].phase == graph.nodes[other].phase,
      a.members.count + b.members.count <= Fusion.mostMembers,
      readsItselfInOrder(a.members + b.members, early, late)
    else { return }
    let canWait = a.members.allSatisfy { member in
      readers[member].allSatisfy { reader in
        let unit = unitOf[reader]
        return unit < 0 || unit == early || unit == late || units[unit].position > b.position
      }
    }
    let canHurry =
      canWait
      ? false
      : b.members.allSatisfy { member in
        graph.nodes[member].operands.allSatisfy { operand in
          let unit = unitOf[graph.storage[operand]]
          return unit < 0 || unit == early || unit == late || units[unit].position < a.position
        }
      }
    guard canWait || canHurry else { return }
    for member in b.members { unitOf[member] = early }
    units[early].members = (a.members + b.members).sorted()
    units[early].position = canWait ? b.position : a.position
    units[late].members = []
  }

  /// Whether what the members read of each other lies as they make it: not under exchanged names of axes.
  private func readsItselfInOrder(_ members: [Int], _ early: Int, _ late: Int) -> Bool {
    members.allSatisfy { member in
      graph.nodes[member].operands.allSatisfy { operand in
        let unit = unitOf[graph.storage[operand]]
        return operand == graph.storage[operand] || (unit != early && unit != late)
          || graph.nodes[operand].axes == graph.nodes[member].axes
      }
    }
  }
}

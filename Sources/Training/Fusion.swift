import TensorPrograms

/// Which instructions run as one pass over memory: elementwise ones, and those that work along rows.
///
/// Every instruction begins as a unit of its own, at its position in the graph's order. Two elementwise units over the
/// same axes that share a value are joined where the other units allow it: the earlier one may be delayed if nothing in
/// between reads what it makes, the later one moved up if nothing in between makes what it reads. The phases of a step
/// stay apart, so that the backward pass does not keep more of the forward pass alive than the program says.
///
/// A sum, maximum or softmax along the innermost axes splits the axes into rows and columns. It is joined with units over
/// all of them, and with units over those that count rows: the block that a chain holds in the cache is whole rows.
struct Fusion {
  struct Unit {
    var position: Int
    /// Nodes in the graph's order.
    var members: [Int]
    var isChain: Bool
    /// A node with all axes of the unit, and how many of these count rows, if the others are to be whole in a block.
    var space: Int
    var rowAxes: Int?
    /// It is a kernel as long as it is alone.
    var canJoin: Bool
  }

  /// Joined units leave an empty one behind.
  private(set) var units: [Unit] = []
  /// By node; -1 for a source, an alias and what is not needed.
  private(set) var unitOf: [Int]
  /// The nodes that read a node's memory, by the node at the start of its renames.
  private(set) var readers: [[Int]]
  private let graph: Graph
  /// The position of each node in the graph's order.
  private let rank: [Int]

  /// A chain's tiles stay in the nearest cache.
  private static let mostMembers = 32

  init(_ graph: Graph, needed: [Bool]) {
    self.graph = graph
    var rank = [Int](repeating: 0, count: graph.nodes.count)
    for (position, node) in graph.order.enumerated() { rank[node] = position }
    self.rank = rank
    unitOf = [Int](repeating: -1, count: graph.nodes.count)
    readers = [[Int]](repeating: [], count: graph.nodes.count)
    for node in graph.order where needed[node] && graph.storage[node] == node && !graph.isSource(node) {
      for operand in graph.nodes[node].operands where readers[graph.storage[operand]].last != node {
        readers[graph.storage[operand]].append(node)
      }
      unitOf[node] = units.count
      let (isChain, row) = (graph.isElementwise(node), graph.rowForm(node))
      units.append(
        Unit(
          position: rank[node], members: [node], isChain: isChain, space: row?.space ?? node, rowAxes: row?.rowAxes,
          canJoin: isChain || row != nil))
      if units[unitOf[node]].canJoin { joinNeighbours(of: node) }
    }
  }

  private mutating func joinNeighbours(of node: Int) {
    let operands = graph.nodes[node].operands.map { graph.storage[$0] }
    for operand in operands.reversed() where unitOf[operand] >= 0 { join(unitOf[operand], unitOf[node]) }
    // Others that read the same large value.
    let count = graph.nodes[units[unitOf[node]].space].shape.count
    for operand in operands where graph.nodes[operand].shape.count == count {
      for reader in readers[operand].suffix(4).reversed() where rank[reader] < rank[node] {
        join(unitOf[reader], unitOf[node])
      }
    }
  }

  /// The space of two units together, and its rows; nil if they do not fit.
  private func joined(_ a: Unit, _ b: Unit) -> (space: Int, rowAxes: Int?)? {
    let (one, other) = (graph.nodes[a.space].axes, graph.nodes[b.space].axes)
    if one == other, a.rowAxes == nil || b.rowAxes == nil || a.rowAxes == b.rowAxes {
      return (a.space, a.rowAxes ?? b.rowAxes)
    }
    if let rows = a.rowAxes, b.rowAxes == nil, Array(one.prefix(rows)) == other { return (a.space, rows) }
    if let rows = b.rowAxes, a.rowAxes == nil, Array(other.prefix(rows)) == one { return (b.space, rows) }
    return nil
  }

  private mutating func join(_ first: Int, _ second: Int) {
    guard first != second, units[first].canJoin, units[second].canJoin else { return }
    let early = units[first].position < units[second].position ? first : second
    let late = early == first ? second : first
    let (a, b) = (units[early], units[late])
    guard let one = a.members.first, let other = b.members.first, let together = joined(a, b),
      graph.nodes[one].phase == graph.nodes[other].phase,
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
    units[early].members = (a.members + b.members).sorted { rank[$0] < rank[$1] }
    units[early].position = canWait ? b.position : a.position
    (units[early].space, units[early].rowAxes, units[early].isChain) = (together.space, together.rowAxes, true)
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

import TensorPrograms

/// Which instructions run as one pass over memory: elementwise ones, and those that work along rows.
///
/// Every instruction begins as a group of its own, at its position in the graph's order. Two elementwise groups over
/// the same axes that share a value are merged where the other groups allow it: the earlier one may move down to the
/// later one if nothing in between reads what it makes, the later one up to the earlier one if nothing in between makes
/// what it reads. The phases of a step stay apart, so that the backward pass does not keep more of the forward pass
/// alive than the program says.
///
/// A sum, maximum or softmax along the innermost axes splits the axes into rows and columns. It is merged with groups
/// over all of them, and with groups over those that count rows: the block that a chain holds in the cache is whole
/// rows.
struct Fusion {
  /// Nodes that are computed together.
  struct Group: Sendable {
    /// Where it runs, in the graph's order.
    var position: Int
    /// Nodes in the graph's order.
    var members: [Int]
    /// Whether it runs as a chain. Any other group has a single member and runs as that member's kernel.
    var isChain: Bool
    /// A node with all axes of the group; and how many of these count rows, if a block must hold whole rows.
    var space: Int
    var rowAxes: Int?
    /// Whether it can be part of a chain.
    var canMerge: Bool
  }

  private(set) var groups: [Group] = []
  /// By node; -1 for a source, an alias and what is not needed.
  private(set) var groupOf: [Int]
  /// By owner of memory: the nodes that read it.
  private(set) var readers: [[Int]]
  private let graph: Graph
  /// The position of each node in the graph's order.
  private let rank: [Int]

  /// The most members of a chain, so that its tiles stay in the nearest cache.
  private static let mostMembers = 32

  init(_ graph: Graph, needed: [Bool]) {
    self.graph = graph
    var rank = [Int](repeating: 0, count: graph.nodes.count)
    for (position, node) in graph.order.enumerated() { rank[node] = position }
    self.rank = rank
    groupOf = [Int](repeating: -1, count: graph.nodes.count)
    readers = [[Int]](repeating: [], count: graph.nodes.count)
    for node in graph.order where needed[node] && graph.storage[node] == node && !graph.isSource(node) {
      for operand in graph.nodes[node].operands where readers[graph.storage[operand]].last != node {
        readers[graph.storage[operand]].append(node)
      }
      groupOf[node] = groups.count
      let (isChain, row) = (graph.isElementwise(node), graph.rowForm(node))
      groups.append(
        Group(
          position: rank[node], members: [node], isChain: isChain, space: row?.space ?? node, rowAxes: row?.rowAxes,
          canMerge: isChain || row != nil))
      if groups[groupOf[node]].canMerge { mergeNeighbours(of: node) }
    }
    // Merging has emptied groups.
    order(by: groups.indices.filter { !groups[$0].members.isEmpty })
  }

  /// The same groups in another order, without the empty ones.
  func ordered(by sequence: [Int]) -> Fusion {
    var result = self
    result.order(by: sequence)
    return result
  }

  private mutating func order(by sequence: [Int]) {
    groups = sequence.map { groups[$0] }
    for (index, group) in groups.enumerated() { for member in group.members { groupOf[member] = index } }
  }

  private mutating func mergeNeighbours(of node: Int) {
    let operands = graph.nodes[node].operands.map { graph.storage[$0] }
    for operand in operands.reversed() where groupOf[operand] >= 0 { merge(groupOf[operand], groupOf[node]) }
    // Other groups that read the same large value.
    let count = graph.nodes[groups[groupOf[node]].space].shape.count
    for operand in operands where graph.nodes[operand].shape.count == count {
      for reader in readers[operand].suffix(4).reversed() where rank[reader] < rank[node] {
        merge(groupOf[reader], groupOf[node])
      }
    }
  }

  /// The space of two groups together, and its rows; nil if they do not fit.
  private func merged(_ a: Group, _ b: Group) -> (space: Int, rowAxes: Int?)? {
    let (one, other) = (graph.nodes[a.space].axes, graph.nodes[b.space].axes)
    if one == other, a.rowAxes == nil || b.rowAxes == nil || a.rowAxes == b.rowAxes {
      return (a.space, a.rowAxes ?? b.rowAxes)
    }
    if let rows = a.rowAxes, b.rowAxes == nil, Array(one.prefix(rows)) == other { return (a.space, rows) }
    if let rows = b.rowAxes, a.rowAxes == nil, Array(other.prefix(rows)) == one { return (b.space, rows) }
    return nil
  }

  private mutating func merge(_ first: Int, _ second: Int) {
    guard first != second, groups[first].canMerge, groups[second].canMerge else { return }
    let early = groups[first].position < groups[second].position ? first : second
    let late = early == first ? second : first
    let (a, b) = (groups[early], groups[late])
    guard let one = a.members.first, let other = b.members.first, let together = merged(a, b),
      graph.nodes[one].phase == graph.nodes[other].phase,
      a.members.count + b.members.count <= Fusion.mostMembers,
      readsItselfInOrder(a.members + b.members, early, late)
    else { return }
    let earlyCanMove = a.members.allSatisfy { member in
      readers[member].allSatisfy { reader in
        let group = groupOf[reader]
        return group < 0 || group == early || group == late || groups[group].position > b.position
      }
    }
    let lateCanMove =
      earlyCanMove
      ? false
      : b.members.allSatisfy { member in
        graph.nodes[member].operands.allSatisfy { operand in
          let group = groupOf[graph.storage[operand]]
          return group < 0 || group == early || group == late || groups[group].position < a.position
        }
      }
    guard earlyCanMove || lateCanMove else { return }
    for member in b.members { groupOf[member] = early }
    groups[early].members = (a.members + b.members).sorted { rank[$0] < rank[$1] }
    groups[early].position = earlyCanMove ? b.position : a.position
    (groups[early].space, groups[early].rowAxes, groups[early].isChain) = (together.space, together.rowAxes, true)
    groups[late].members = []
  }

  /// Whether every member reads the others' values in the order in which they are made, not with exchanged axes.
  private func readsItselfInOrder(_ members: [Int], _ early: Int, _ late: Int) -> Bool {
    members.allSatisfy { member in
      graph.nodes[member].operands.allSatisfy { operand in
        let group = groupOf[graph.storage[operand]]
        return operand == graph.storage[operand] || (group != early && group != late)
          || graph.nodes[operand].axes == graph.nodes[member].axes
      }
    }
  }
}

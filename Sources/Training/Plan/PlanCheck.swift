import TensorPrograms

/// What is wrong with a plan, checked between the passes that make it. Debug builds and tests ask; nothing is wrong
/// with a plan that works.
enum PlanCheck {
  /// The problems in what the draft has decided so far.
  static func problems(in draft: PlanDraft) -> [String] {
    var problems = problems(inNodesOf: draft)
    if draft.stage >= .groups { problems += self.problems(inGroupsOf: draft) }
    if draft.stage >= .order { problems += self.problems(inOrderOf: draft) }
    if draft.stage >= .units { problems += self.problems(inUnitsOf: draft.plan) }
    if draft.stage >= .memory {
      var follower = PlanFollower(draft.plan)
      problems += follower.follow()
    }
    return problems
  }

  /// Each node must come after its operands, and each needed node's operands must be needed.
  private static func problems(inNodesOf draft: PlanDraft) -> [String] {
    let (graph, needed) = (draft.plan.graph, draft.needed)
    var problems: [String] = []
    var isBefore = [Bool](repeating: false, count: graph.nodes.count)
    for node in graph.order {
      let name = graph.nodes[node].name
      if isBefore[node] { problems.append("\(name) stands twice in the order") }
      for operand in graph.nodes[node].operands {
        if !isBefore[operand] { problems.append("\(name) stands before \(graph.nodes[operand].name), which it reads") }
        if !needed.isEmpty, needed[node], !needed[operand] {
          problems.append("\(name) is needed, but not \(graph.nodes[operand].name), which it reads")
        }
      }
      if graph.storage[graph.storage[node]] != graph.storage[node] { problems.append("\(name) has an alias's memory") }
      isBefore[node] = true
    }
    if graph.order.count != graph.nodes.count { problems.append("nodes are missing in the order") }
    if !needed.isEmpty, needed.count != graph.nodes.count { problems.append("it is not known which nodes are needed") }
    return problems
  }

  /// Each computed node must be in one group, whose members fit together.
  private static func problems(inGroupsOf draft: PlanDraft) -> [String] {
    guard let fusion = draft.fusion else { return ["nodes are not grouped"] }
    let graph = draft.plan.graph
    var problems: [String] = []
    var seen = [Bool](repeating: false, count: graph.nodes.count)
    for (index, group) in fusion.groups.enumerated() {
      if group.members.isEmpty { problems.append("group \(index) is empty") }
      if !group.isChain, group.members.count != 1 { problems.append("group \(index) is no chain of several nodes") }
      for member in group.members {
        let name = graph.nodes[member].name
        if seen[member] { problems.append("\(name) is in two groups") }
        if fusion.groupOf[member] != index { problems.append("\(name) does not know its group") }
        if graph.nodes[member].phase != graph.nodes[group.members[0]].phase {
          problems.append("\(name) is of another phase than its group")
        }
        if group.isChain, !graph.isElementwise(member), graph.rowForm(member) == nil {
          problems.append("\(name) cannot be part of a chain")
        }
        seen[member] = true
      }
    }
    for node in graph.nodes.indices {
      let isComputed = draft.needed[node] && graph.storage[node] == node && !graph.isSource(node)
      if isComputed != seen[node] { problems.append("\(graph.nodes[node].name) is in no group, or need not be") }
    }
    return problems
  }

  /// Each group must run after those that it reads, and one that overwrites an old value after all that read that
  /// value.
  private static func problems(inOrderOf draft: PlanDraft) -> [String] {
    guard let fusion = draft.fusion else { return [] }
    let graph = draft.plan.graph
    var problems: [String] = []
    for (index, group) in fusion.groups.enumerated() {
      for member in group.members {
        for operand in graph.nodes[member].operands where fusion.groupOf[graph.storage[operand]] > index {
          problems.append("\(graph.nodes[member].name) runs before \(graph.nodes[operand].name), which it reads")
        }
      }
    }
    for update in draft.updates where draft.inPlace.contains(update.target) {
      for reader in fusion.readers[update.target] where fusion.groupOf[reader] > fusion.groupOf[update.value] {
        problems.append("\(graph.nodes[update.target].name) is overwritten before \(graph.nodes[reader].name) reads it")
      }
    }
    return problems
  }

  /// Each unit must read only sources and values that earlier units store.
  private static func problems(inUnitsOf plan: Plan) -> [String] {
    let graph = plan.graph
    var problems: [String] = []
    var isStored = graph.nodes.indices.map { graph.isSource($0) }
    for unit in plan.units {
      for operand in unit.work.reads(in: graph) where !isStored[graph.storage[operand]] {
        problems.append("\(graph.nodes[operand].name) is read before it is stored")
      }
      for result in unit.results {
        if !unit.group.members.contains(result) { problems.append("\(graph.nodes[result].name) is another unit's") }
        if plan.places[result] != .nowhere { isStored[result] = true }
      }
    }
    return problems
  }
}

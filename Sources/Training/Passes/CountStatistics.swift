/// Counts what the plan computes, stores and moves.
struct CountStatistics: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard let fusion = draft.fusion else { return }
    let (plan, program) = (draft.plan, draft.plan.graph.program)
    var statistics = plan.statistics
    let count = { (node: Int) in plan.graph.nodes[node].shape.count }
    statistics.instructions = program.instructions.count
    statistics.recomputed = draft.recomputed.count { fusion.groupOf[$0] >= 0 }
    statistics.computed =
      plan.graph.nodes.indices.count { draft.needed[$0] && fusion.groupOf[$0] >= 0 } - statistics.recomputed
    statistics.kernels = fusion.groups.count { !$0.isChain }
    statistics.chains = fusion.groups.count { $0.isChain }
    statistics.fused = fusion.groups.reduce(0) { $0 + ($1.isChain ? $1.members.count : 0) }
    for node in program.instructions.indices {
      if program.isInput(node) { statistics.inputs += count(node) }
      if program.isKept(node) { statistics.weights += count(node) }
      if program.isKept(node), draft.needed[node] { statistics.weightsMoved += count(node) }
    }
    if !draft.updates.isEmpty {
      statistics.weightsMoved += program.updates.reduce(0) { $0 + count($1.target.index) }
    }
    for unit in plan.units {
      let cost = plan.cost(of: unit)
      statistics.multiplyAdds += cost.multiplyAdds
      statistics.moved += cost.moved
    }
    statistics.moved += plan.copies.reduce(0) { $0 + 2 * count($1.target) }
    statistics.shared = plan.extent
    statistics.updates = draft.updates.count
    statistics.inPlace = draft.updates.count - plan.copies.count
    draft.plan.statistics = statistics
  }
}

/// Gradients that are read from their sums over several batches become sources, so that nothing computes them.
struct GiveGradients: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard draft.goal.readsAccumulated else { return }
    draft.given = draft.plan.graph.accumulated
    for node in draft.given { draft.plan.graph.makeSource(node) }
    draft.plan.graph.renewStorage()
    draft.plan.accumulated = draft.given.reduce(0) { $0 + draft.plan.graph.nodes[$1].shape.count }
  }
}

extension Graph {
  /// The gradients that the backward pass computes, without those that are a weight or an input themselves.
  var accumulated: [Int] { Set(program.gradients.map(\.value.index)).sorted().filter { !isSource($0) } }
}

/// Divides the batch among the threads, if that can be done and pays.
struct ChooseParts: PlanPass {
  func run(_ draft: inout PlanDraft) {
    // What is observed is wanted as soon as it is there.
    guard draft.goal.observed.isEmpty else { return }
    draft.plan.parts = Parts(draft.plan.graph, needed: draft.needed, threads: draft.threads)
  }
}

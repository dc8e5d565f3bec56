/// Divides the batch among the threads, if that can be done and pays.
struct ChooseParts: PlanPass {
  func run(_ draft: inout PlanDraft) {
    // Observed values are handed over as soon as they are whole.
    guard draft.goal.observed.isEmpty else { return }
    draft.plan.parts = Parts(draft.plan.graph, needed: draft.needed, threads: draft.threads)
  }
}

/// Nodes that run as one pass over memory become one group (``Fusion``).
struct FuseNodes: PlanPass {
  func run(_ draft: inout PlanDraft) {
    draft.fusion = Fusion(draft.plan.graph, needed: draft.needed)
    draft.stage = .groups
  }
}

/// Decides which new values of weights and states are written over the old ones, after every reader of these has run.
struct OverwriteOldValues: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard let fusion = draft.fusion else { return }
    var order = UnitOrder(draft.plan.graph, fusion)
    draft.inPlace = order.placeUpdates(draft.updates)
    draft.order = order
  }
}

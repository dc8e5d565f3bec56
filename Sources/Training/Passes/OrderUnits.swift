/// Puts the groups into the order in which they run.
struct OrderUnits: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard let order = draft.order, let fusion = draft.fusion else { return }
    draft.fusion = fusion.ordered(by: order.sequence(updatesLast: draft.plan.parts != nil))
    draft.order = nil
    draft.stage = .order
  }
}

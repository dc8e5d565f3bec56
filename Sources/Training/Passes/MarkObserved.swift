/// Notes after which unit each observed value is complete, and the loss.
struct MarkObserved: PlanPass {
  func run(_ draft: inout PlanDraft) {
    let (graph, unitOf) = (draft.plan.graph, draft.plan.unitOf())
    for node in draft.goal.observed {
      let unit = unitOf[graph.storage[node]]
      if unit < 0 { draft.plan.observedAtStart.append(node) } else { draft.plan.units[unit].observed.append(node) }
    }
    if let loss = draft.plan.loss, case let unit = unitOf[graph.storage[loss]], unit >= 0 { draft.plan.lossUnit = unit }
  }
}

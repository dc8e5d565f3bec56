/// Places sources in the machine's buffers, and new values that overwrite old ones in the buffers of these.
struct PlaceSources: PlanPass {
  func run(_ draft: inout PlanDraft) {
    let graph = draft.plan.graph
    var places = [Plan.Place](repeating: .nowhere, count: graph.nodes.count)
    for node in places.indices where graph.isSource(node) { places[node] = .source(node) }
    for node in draft.given { places[node] = .accumulated(node) }
    for update in draft.updates where draft.inPlace.contains(update.target) {
      places[update.value] = .source(update.target)
    }
    draft.plan.places = places
    draft.plan.copies = draft.updates.filter { !draft.inPlace.contains($0.target) }
  }
}

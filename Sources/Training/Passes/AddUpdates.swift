/// The optimizer's updates, with a copy wherever the new value is not a fresh one in the target's order of axes.
struct AddUpdates: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard draft.goal.updates else { return }
    var taken: Set<Int> = []
    for update in draft.plan.graph.program.updates {
      let (value, target) = (update.value.index, update.target.index)
      if draft.plan.graph.isFresh(value, like: target), taken.insert(value).inserted {
        draft.updates.append((value, target))
      } else {
        draft.updates.append((draft.plan.graph.appendCopy(of: value, like: target), target))
      }
    }
  }
}

extension Graph {
  /// Whether a value is computed into a buffer of its own, with its axes in the order of the target's.
  fileprivate func isFresh(_ value: Int, like target: Int) -> Bool {
    storage[value] == value && !isSource(value) && nodes[value].axes == nodes[target].axes
  }
}

/// Makes a kernel or a chain of each group, and marks the values that it must store as ``Plan/Place/undecided``.
struct MakeUnits: PlanPass {
  func run(_ draft: inout PlanDraft) throws {
    guard let fusion = draft.fusion else { return }
    draft.stage = .units
    let graph = draft.plan.graph
    for (index, group) in fusion.groups.enumerated() {
      var stored = group.members
      if group.isChain {
        stored = group.members.filter { member in
          draft.kept.contains(member) || fusion.readers[member].contains { fusion.groupOf[$0] != index }
        }
        draft.plan.units.append(
          Plan.Unit(work: try graph.chain(group, storing: stored) { graph.nodes[$0].shape }, group: group))
      } else if let node = group.members.first, case .kernel(let kernel) = graph.nodes[node].lowering {
        draft.plan.units.append(Plan.Unit(work: .kernel(kernel, node: node, workspace: .nowhere), group: group))
      }
      for node in stored where draft.plan.places[node] == .nowhere { draft.plan.places[node] = .undecided }
    }
  }
}

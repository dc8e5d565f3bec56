/// Makes one unit of a product and the chain that runs right after it and reads it, where the kernel offers that.
struct JoinProducts: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard let fusion = draft.fusion else { return }
    var units: [Plan.Unit] = []
    for unit in draft.plan.units {
      guard let last = units.last, let (node, joined) = join(last, unit, in: draft.plan) else {
        units.append(unit)
        continue
      }
      units[units.count - 1] = joined
      let isReadElsewhere = fusion.readers[node].contains { !joined.group.members.contains($0) }
      if !isReadElsewhere, !draft.kept.contains(node) { draft.plan.places[node] = .nowhere }
    }
    draft.plan.units = units
  }

  private func join(_ first: Plan.Unit, _ second: Plan.Unit, in plan: Plan) -> (product: Int, joined: Plan.Unit)? {
    let graph = plan.graph
    guard first.part == nil, second.part == nil, case .kernel(let kernel, let node, _) = first.work,
      case .chain(let chain, let inputs, let outputs) = second.work,
      let position = inputs.firstIndex(of: node), inputs.count(where: { graph.storage[$0] == node }) == 1
    else { return nil }
    let operands = graph.nodes[node].operands.map { graph.storage[$0] }
    let overwrites = outputs.contains { output in
      if case .source(let target) = plan.places[output] { operands.contains(target) } else { false }
    }
    guard !overwrites, let joined = kernel.joined(with: chain, position: position) else { return nil }
    var group = second.group
    group.members.insert(node, at: 0)
    let work = Plan.Work.joined(joined, node: node, inputs: inputs, outputs: outputs, workspace: .nowhere)
    return (node, Plan.Unit(work: work, group: group))
  }
}

import TensorPrograms

/// Finds the values that were asked for and all that they depend on; the rest of the program is left out.
struct FindNeeded: PlanPass {
  /// Throws: ``ProgramError/noLoss(program:)``; ``TrainingError/notAccumulable(program:input:)``.
  func run(_ draft: inout PlanDraft) throws {
    let (goal, graph) = (draft.goal, draft.plan.graph)
    draft.plan.loss = goal.loss ? try graph.program.requireLoss().index : nil
    let roots = (draft.plan.loss.map { [$0] } ?? []) + goal.observed + draft.updates.map(\.value)
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { needed[root] = true }
    for node in graph.order.reversed() where needed[node] {
      for operand in graph.nodes[node].operands { needed[operand] = true }
    }
    (draft.needed, draft.kept) = (needed, Set(roots.map { graph.storage[$0] }))
    draft.plan.inputs = graph.program.instructions.indices.filter { needed[$0] && graph.program.isInput($0) }
    if goal.readsAccumulated, let input = draft.plan.inputs.first {
      throw TrainingError.notAccumulable(program: graph.program.name, input: graph.nodes[input].name)
    }
  }
}

import TensorPrograms

/// Divides the batch among the threads, if that can be done and pays.
struct ChooseParts: PlanPass {
  func run(_ draft: inout PlanDraft) {
    // Observed values are handed over as soon as they are whole.
    guard draft.goal.observed.isEmpty else { return }
    draft.plan.parts = Parts(draft.plan.graph, needed: draft.needed, threads: draft.threads)
  }
}

extension Parts {
  /// Programs with more weights keep to the whole batch: they would write every gradient once for each part.
  private static let mostWeights = 1 << 21

  /// Cuts the batch's axis, which must be the outermost of all inputs that are needed; nil if it cannot be cut.
  fileprivate init?(_ graph: Graph, needed: [Bool], threads: Int) {
    let program = graph.program
    let inputs = program.instructions.indices.filter { needed[$0] && program.isInput($0) }
    guard threads > 1, let first = inputs.first, let axis = graph.nodes[first].axes.first,
      inputs.allSatisfy({ graph.nodes[$0].axes.first == axis }), let size = graph.nodes[first].shape.sizes.first,
      size > 0, size % threads == 0
    else { return nil }
    let weights = program.instructions.indices.reduce(0) { $0 + (program.isKept($1) ? graph.nodes[$1].shape.count : 0) }
    guard weights <= Parts.mostWeights else { return nil }
    (self.axis, label) = (axis, graph.nodes[first].shape.labels[0])
    count = size % (2 * threads) == 0 ? 2 * threads : threads
  }
}

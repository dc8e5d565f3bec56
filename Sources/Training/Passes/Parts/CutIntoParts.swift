import Tensors

/// Gives each unit that can be done in parts its work on a part. A unit that reads a sum over the batch cannot, until
/// the parts' sums are added up at the end of their segment.
struct CutIntoParts: PlanPass {
  func run(_ draft: inout PlanDraft) throws {
    guard let parts = draft.plan.parts else { return }
    let graph = draft.plan.graph
    // Sums of which the parts are not yet added up.
    var open: Set<Int> = []
    for index in draft.plan.units.indices {
      let unit = draft.plan.units[index]
      let reads = unit.work.reads(in: graph)
      let part = reads.contains { open.contains(graph.storage[$0]) } ? nil : try parts.work(of: unit, in: graph)
      draft.plan.units[index].part = part
      if part == nil { open = [] } else if part?.sum != nil { open.formUnion(unit.results) }
    }
  }
}

extension Parts {
  /// A unit's work on a part; nil if it cannot be done in parts.
  fileprivate func work(of unit: Plan.Unit, in graph: Graph) throws -> PartWork? {
    switch unit.work {
    case .kernel(let kernel, let node, _):
      guard let part = self.kernel(kernel, node, in: graph) else { return nil }
      return PartWork(
        work: .kernel(part.kernel, node: node, workspace: .nowhere), sum: part.isSum ? .undecided : nil)
    case .chain(_, let inputs, let outputs):
      guard allows(unit.group, inputs: inputs, outputs: outputs, in: graph) else { return nil }
      return PartWork(work: try graph.chain(unit.group, storing: outputs) { shape($0, in: graph) })
    case .joined: return nil
    }
  }

  /// The kernel of a part, and whether its results are to be added up.
  private func kernel(_ kernel: any Kernel, _ node: Int, in graph: Graph) -> (kernel: any Kernel, isSum: Bool)? {
    let operands = graph.nodes[node].operands.map { isCut($0, in: graph) }
    guard !operands.contains(nil), let first = operands.firstIndex(of: true), let isCut = isCut(node, in: graph),
      let part = kernel.part(of: first, parts: count)
    else { return nil }
    return (part, !isCut)
  }

  /// Whether a chain can be done in parts.
  private func allows(_ group: Fusion.Group, inputs: [Int], outputs: [Int], in graph: Graph) -> Bool {
    isCut(group.space, in: graph) == true && group.rowAxes != 0
      && !inputs.contains { isCut($0, in: graph) == nil } && outputs.allSatisfy { isCut($0, in: graph) == true }
  }
}

import Tensors

/// Computes a function's derivative in the forward pass, together with the function, where only the forward pass reads
/// the operand: the operand need not be kept for the backward pass then.
struct ComputeDerivativesEarly: PlanPass {
  func run(_ draft: inout PlanDraft) {
    let (graph, needed) = (draft.plan.graph, draft.needed)
    var readers = [[Int]](repeating: [], count: graph.nodes.count)
    for node in graph.nodes.indices where needed[node] && graph.storage[node] == node {
      for operand in graph.nodes[node].operands { readers[graph.storage[operand]].append(node) }
    }
    var early: Set<Int> = []
    func isForward(_ node: Int) -> Bool { graph.nodes[node].phase == .forward || early.contains(node) }
    for node in graph.nodes.indices where needed[node] && graph.nodes[node].phase == .backward {
      guard let (derivative, operand) = graph.map(node), graph.storage[operand] == operand, !graph.isSource(operand),
        isForward(operand), graph.nodes[operand].axes == graph.nodes[node].axes, !draft.kept.contains(operand),
        readers[operand].allSatisfy({ $0 == node || isForward($0) }),
        readers[operand].contains(where: { graph.map($0)?.function.isPaired(with: derivative) ?? false })
      else { continue }
      early.insert(node)
    }
    for node in early { draft.plan.graph.setPhase(of: node, .forward) }
  }
}

extension Graph {
  /// A node's function, if it is one of a single operand.
  fileprivate func map(_ node: Int) -> (function: UnaryFunction, operand: Int)? {
    guard case .elementwise(let operation) = nodes[node].lowering, nodes[node].operands.count == 1,
      case .map(let function, _) = operation([0])
    else { return nil }
    return (function, nodes[node].operands[0])
  }
}

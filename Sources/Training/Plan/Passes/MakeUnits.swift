import Tensors

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

extension Graph {
  /// The chain of a group that stores some of its members; `shape` gives the shapes to compute it with.
  func chain(_ group: Fusion.Group, storing stored: [Int], shape: (Int) -> Shape) throws -> Plan.Work {
    let (members, own) = (group.members, Set(group.members))
    var inputs: [Int] = []
    func position(_ operand: Int) -> Int? {
      inputs.firstIndex { storage[$0] == storage[operand] && nodes[$0].axes == nodes[operand].axes }
    }
    for member in members {
      for operand in nodes[member].operands where !own.contains(storage[operand]) && position(operand) == nil {
        inputs.append(operand)
      }
    }
    var register: [Int: Int] = [:]
    var operations: [ElementwiseOperation] = []
    for member in members {
      let registers = nodes[member].operands.map { operand in
        register[storage[operand]] ?? position(operand) ?? 0
      }
      register[member] = inputs.count + operations.count
      if case .elementwise(let operation) = nodes[member].lowering {
        operations.append(operation(registers))
      } else if let row = rowForm(member) {
        operations.append(.rows(row.operation, registers))
      }
    }
    let chain = try ElementwiseChain(
      space: shape(group.space), rowAxes: group.rowAxes, inputs: inputs.map(shape),
      operations: operations, outputs: stored.compactMap { register[$0] },
      rowOutputs: stored.map { nodes[$0].axes.count == group.rowAxes })
    return .chain(chain, inputs: inputs, outputs: stored)
  }
}

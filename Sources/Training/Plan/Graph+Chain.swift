import Tensors

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

/// A place where numbers of the batch pick entries of a computed value, such as the logit of the label.
///
/// A typical entry says nothing of these: of n entries a few may be large.
public struct Selection: Sendable, Hashable {
  /// What is picked.
  public var value: ValueID
  /// `readout.out at digit`.
  public var name: String
}

extension Program {
  /// Where the forward pass picks entries of a computed value by numbers of the batch, in recorded order.
  public var selections: [Selection] {
    let ways = weightWays
    return forward.compactMap { i in
      let instruction = instructions[i]
      guard case .linear = instruction.role, !instruction.axes.isEmpty, instruction.operands.count == 2,
        self[instruction.operands[1]].role.isIndices, !ways.isMadeOfWeights[instruction.operands[0].index]
      else { return nil }
      var table = instruction.operands[0]
      while !self[table].isNamed, let operand = self[table].operands.first { table = operand }
      return Selection(value: ValueID(i), name: "\(self[table].name) at \(self[instruction.operands[1]].name)")
    }
  }

  /// The values of the forward pass whose own scale matters: arguments of functions that are not homogeneous, and
  /// summands. The scale of what goes on through products and homogeneous functions alone matters where that ends.
  public var valuesOfGivenScale: Set<ValueID> {
    var result: Set<ValueID> = []
    for i in forward {
      let instruction = instructions[i]
      switch instruction.role {
      case .sum: if instruction.operands.count > 1 { result.formUnion(instruction.operands) }
      case .function(let profile): if profile.homogeneity == nil { result.formUnion(instruction.operands) }
      case .nonlinear: result.formUnion(instruction.operands)
      case .input, .indices, .weight, .state, .one, .constant, .passage, .guarded, .copies, .contraction, .linear: break
      }
    }
    return result
  }
}

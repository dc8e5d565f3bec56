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
  /// summands, and whatever these are the same entries as. The scale of what goes on through products and homogeneous
  /// functions alone matters where that ends.
  public var valuesOfGivenScale: Set<ValueID> {
    var result: Set<ValueID> = []
    for i in forward.reversed() {
      let instruction = instructions[i]
      let isGiven: Bool
      switch instruction.role {
      case .sum: isGiven = instruction.operands.count > 1
      case .function(let profile): isGiven = profile.homogeneity == nil
      case .nonlinear: isGiven = true
      case .passage(.renamed), .guarded, .copies: isGiven = result.contains(ValueID(i))
      // A power of the width may stand in a factor.
      case .passage(.scaled): isGiven = false
      case .input, .indices, .weight, .state, .one, .constant, .contraction, .linear: isGiven = false
      }
      if isGiven { result.formUnion(instruction.operands) }
    }
    return result
  }
}

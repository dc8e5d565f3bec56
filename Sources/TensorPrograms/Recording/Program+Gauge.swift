extension Program {
  /// The forward pass alone: without gradient and step.
  public var forwardPass: Program {
    guard instructions.count > forwardCount else { return self }
    var result = self
    result.instructions.removeSubrange(forwardCount...)
    result.backwardCount = forwardCount
    result.gradients = []
    result.cotangents = []
    result.updates = []
    return result
  }

  /// The forward program with an explicit multiplier after each of these weights, so that their gradients see it.
  ///
  /// A gradient and a step that the program has already are left out.
  public func withWeightMultipliers(_ names: Set<String>) -> Program {
    if names.isEmpty { return self }
    let forward = forwardPass
    var result = forward
    var position = [Int](repeating: -1, count: forwardCount)
    result.instructions = []
    for (i, instruction) in forward.instructions.enumerated() {
      var copy = instruction
      copy.operands = instruction.operands.map { ValueID(position[$0.index]) }
      result.instructions.append(copy)
      if instruction.role.isWeight, names.contains(instruction.name) {
        result.instructions.append(
          .gaugeMultiplier(of: instruction, at: ValueID(result.instructions.count - 1)))
      }
      position[i] = result.instructions.count - 1
    }
    result.loss = loss.map { ValueID(position[$0.index]) }
    result.forwardCount = result.instructions.count
    result.backwardCount = result.instructions.count
    return result
  }
}

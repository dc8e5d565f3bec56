extension Program {
  /// The forward program with an explicit multiplier after each of these weights, so that their gradients see it.
  ///
  /// Only for programs without a gradient yet; others are returned as they are.
  public func withWeightMultipliers(_ names: Set<String>) -> Program {
    guard backwardCount == forwardCount, !names.isEmpty else { return self }
    var result = self
    var position = [Int](repeating: -1, count: instructions.count)
    result.instructions = []
    for (i, instruction) in instructions.enumerated() {
      var copy = instruction
      copy.operands = instruction.operands.map { ValueID(position[$0.index]) }
      result.instructions.append(copy)
      if instruction.primitive is Weight, names.contains(instruction.name) {
        result.instructions.append(
          Instruction(
            primitive: ScaleBy(Monomial(), .gauge(instruction.name)),
            operands: [ValueID(result.instructions.count - 1)], axes: instruction.axes,
            name: "%\(instruction.name)/multiplied"))
      }
      position[i] = result.instructions.count - 1
    }
    result.loss = loss.map { ValueID(position[$0.index]) }
    result.forwardCount = result.instructions.count
    result.backwardCount = result.instructions.count
    return result
  }
}

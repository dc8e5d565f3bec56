extension Program {
  /// The forward pass alone: without gradient and step.
  public var forwardPass: Program {
    guard instructions.count > forward.count else { return self }
    var result = self
    result.instructions.removeSubrange(forward.upperBound...)
    result.segments = Segments(forward: forward.count)
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
    var result = forwardPass
    var position = [Int](repeating: -1, count: forward.count)
    result.instructions = []
    for (i, instruction) in instructions[forward].enumerated() {
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
    result.segments = Segments(forward: result.instructions.count)
    return result
  }
}

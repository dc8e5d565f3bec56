extension Program {
  /// The program with its backward pass: reverse mode, written in the same instructions.
  ///
  /// Throws: ``ProgramError/noLoss(program:)``; ``ProgramError/notDifferentiable(_:)``.
  public func withGradient() throws -> Program {
    let loss = try requireLoss()
    if !backward.isEmpty { return self }
    // What depends on a weight that is trained, and what the loss depends on.
    var reaches = instructions.map { ($0.primitive as? Weight).map { !$0.isFrozen } ?? false }
    for i in instructions.indices where instructions[i].operands.contains(where: { reaches[$0.index] }) {
      reaches[i] = true
    }

    let recorder = Recorder(self)
    let value = { Value(recorder, $0) }
    var cotangents: [Int: Value] = [:]
    cotangents[loss.index] = recorder.record(Ones(), [], axes: [])
    for i in instructions.indices.reversed() where reaches[i] {
      guard let cotangent = cotangents[i], !instructions[i].operands.isEmpty else { continue }
      let operands = instructions[i].operands
      let parts = try instructions[i].primitive.pullback(
        cotangent, result: value(ValueID(i)), operands: operands.map(value))
      for (operand, part) in zip(operands, parts) {
        guard let part, reaches[operand.index] else { continue }
        cotangents[operand.index] = cotangents[operand.index].map { $0 + part } ?? part
      }
    }
    var extended = try recorder.extended()
    extended.gradients = weights.compactMap { weight in
      cotangents[weight.id.index]?.id.map { Gradient(weight: weight.id, value: $0) }
    }
    // The gradient of a weight is made from these, so they cost nothing.
    let uses = weightUses()
    extended.cotangents = weights.flatMap { uses[$0.id] ?? [] }.compactMap { use in
      cotangents[use.value.index]?.id.map { Update(target: use.value, value: $0) }
    }
    extended.removeUnused(keeping: extended.gradients.map(\.value))
    extended.segments = Segments(
      forward: forward.count, backward: extended.instructions.count - forward.count)
    return extended
  }

  /// Takes away instructions after the forward pass that nothing needs. A pullback writes the cotangent of every
  /// operand, wanted or not.
  private mutating func removeUnused(keeping roots: [ValueID]) {
    var needed = [Bool](repeating: false, count: instructions.count)
    for i in forward { needed[i] = true }
    for root in roots { needed[root.index] = true }
    for i in instructions.indices.reversed() where needed[i] {
      for operand in instructions[i].operands { needed[operand.index] = true }
    }
    var position = [Int](repeating: -1, count: instructions.count)
    var kept: [Instruction] = []
    for i in instructions.indices where needed[i] {
      position[i] = kept.count
      var instruction = instructions[i]
      instruction.operands = instruction.operands.map { ValueID(position[$0.index]) }
      kept.append(instruction)
    }
    instructions = kept
    gradients = gradients.map { Gradient(weight: $0.weight, value: ValueID(position[$0.value.index])) }
    cotangents = cotangents.filter { needed[$0.value.index] }.map {
      Update(target: $0.target, value: ValueID(position[$0.value.index]))
    }
  }
}

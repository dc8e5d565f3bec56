extension Program {
  /// The program with its backward pass: the gradient of the loss in each weight that is trained.
  ///
  /// Throws: ``ProgramError/noLoss(program:)``; ``ProgramError/notDifferentiable(_:)``.
  public func withGradient() throws -> Program {
    let loss = try requireLoss()
    if !backward.isEmpty { return self }
    return try pullingBack(loss, to: weights.filter { !$0.isFrozen }.map(\.id)) { $0.one() }
  }

  /// The program with a backward pass that carries a cotangent of one value back to others: reverse mode, written in
  /// the same instructions (a vector-Jacobian product). The gradients are those of `sum(cotangent * value)`.
  ///
  ///     let program = try network.pullingBack(logits, to: [weight]) { $0.value(probe) }
  ///
  /// What is asked for of a weight stands in ``gradients``, of another value in ``cotangents``; what the value does not
  /// depend on has neither. A gradient and a step that the program has already are left out.
  ///
  /// - `value`: of the forward pass, of any shape.
  /// - `targets`: of the forward pass. A weight among them may be frozen.
  /// - `cotangent`: records the cotangent, or names a value that there is; its axes are those of `value`.
  ///
  /// Throws: ``ProgramError/notDifferentiable(_:)``; ``ProgramError/shape(operation:operands:reason:)`` if the cotangent
  /// has other axes; ``ProgramError/unknownValue(_:)`` if a value is not of the forward pass.
  public func pullingBack(_ value: ValueID, to targets: [ValueID], _ cotangent: (Recorder) throws -> Value) throws
    -> Program
  {
    let forwardPass = self.forwardPass
    for id in targets + [value] where !forward.contains(id.index) {
      throw ProgramError.unknownValue(instructions.indices.contains(id.index) ? self[id].name : "\(id.index)")
    }
    let recorder = Recorder(forwardPass)
    let seed = try cotangent(recorder)
    guard recorder.id(of: seed) != nil else { throw recorder.firstError ?? ProgramError.foreignValue }
    guard seed.axes == self[value].axes else {
      throw ProgramError.shape(
        operation: "pullback", operands: ["\"\(self[value].name)\" \(self[value].axes.bracketed)"],
        reason: "the cotangent has axes \(seed.axes.bracketed)")
    }
    let cotangents = try forwardPass.carryBack(seed, from: value, to: targets, recorder)

    var extended = try recorder.extended(.backward)
    let isTarget = Set(targets)
    extended.gradients = weights.filter { isTarget.contains($0.id) }.compactMap { weight in
      cotangents[weight.id]?.id.map { Gradient(weight: weight.id, value: $0) }
    }
    // The gradient of a weight is made from the cotangents of its uses, so they cost nothing.
    let uses = weightWays.uses
    let asked = targets.filter { !self[$0].role.isWeight }
    var listed: Set<ValueID> = []
    for target in asked + weights.flatMap({ uses[$0.id] ?? [] }).map(\.value) {
      guard let id = cotangents[target]?.id, listed.insert(target).inserted else { continue }
      extended.cotangents.append(Cotangent(target: target, value: id))
    }
    let wanted = extended.gradients.map(\.value) + asked.compactMap { cotangents[$0]?.id }
    return extended.withoutUnused(for: wanted).checked()
  }

  /// Records the cotangents of what lies between targets and a value, by value.
  func carryBack(_ seed: Value, from value: ValueID, to targets: [ValueID], _ recorder: Recorder) throws
    -> [ValueID: Value]
  {
    // What depends on a target.
    var reaches = [Bool](repeating: false, count: instructions.count)
    for target in targets { reaches[target.index] = true }
    for i in instructions.indices where instructions[i].operands.contains(where: { reaches[$0.index] }) {
      reaches[i] = true
    }
    var cotangents: [ValueID: Value] = [value: seed]
    for i in (0...value.index).reversed() {
      let operands = instructions[i].operands
      guard let cotangent = cotangents[ValueID(i)], operands.contains(where: { reaches[$0.index] }) else { continue }
      let parts = try instructions[i].primitive.pullback(
        cotangent, result: recorder.value(ValueID(i)), operands: operands.map(recorder.value))
      for (operand, part) in zip(operands, parts) {
        guard let part, reaches[operand.index] else { continue }
        cotangents[operand] = cotangents[operand].map { $0 + part } ?? part
      }
    }
    return cotangents.filter { reaches[$0.key.index] }
  }

  /// The program without the instructions after its forward pass that none of these values needs. A pullback writes the
  /// cotangent of every operand, wanted or not.
  private func withoutUnused(for values: [ValueID]) -> Program {
    let needed = isNeeded(for: values)
    var rewriter = ProgramRewriter(self)
    for i in instructions.indices where needed[i] || forward.contains(i) { rewriter.keep(i) }
    return rewriter.rewritten()
  }
}

extension Optimizer {
  /// The step that a program brings with it, written after `step` in its file.
  ///
  /// It is recorded again behind the gradient of whatever program it is used for, so that weights, gradients and named
  /// values of the forward pass are found by name. What a step reads of the backward pass beside gradients has no name
  /// that outlives that, and is an error.
  ///
  /// Throws ``ProgramError/ownStep(_:)`` if the program has no step, if its backward pass is not the gradient of its
  /// loss, or if a weight is moved by no learning rate of its own.
  public init(stepOf program: Program) throws {
    guard !program.step.isEmpty, !program.updates.isEmpty else {
      throw ProgramError.ownStep("it has none; name an optimizer, or write one after a line \"step\"")
    }
    guard try program.hasPassesOf(program.forwardPass.withGradient()) else {
      throw ProgramError.ownStep(
        "its backward pass is not the gradient of its loss; leave \"backward\" as show --gradient writes it")
    }
    for update in program.updates where program[update.target].role.isWeight {
      let name = program[update.target].name
      let isRated = program.instructions[program.step].contains { instruction in
        if case .rate(name)? = instruction.primitive.runParameter { true } else { false }
      }
      guard isRated else {
        throw ProgramError.ownStep(
          "the update of \"\(name)\" has no learning rate that could be derived; multiply what is subtracted by it: "
            + "scale STEP rate(\(name))")
      }
    }
    self.init(
      "its own step", defaultRate: 0.01, summary: "the step that the program brings with it", sources: [], patterns: [],
      tellsWeightsApart: true, own: program, step: \.weight)
  }
}

extension Program {
  /// The program with the step of another one, of the same weights.
  func withOwnStep(of own: Program) throws -> Program {
    let trained = try forwardPass.withGradient()
    let recorder = Recorder(trained)
    var images = try placed(own, in: trained)
    for i in own.step {
      let instruction = own.instructions[i]
      let operands = try instruction.operands.map { operand in
        guard let image = images[operand] else {
          throw ProgramError.ownStep(
            "\"\(instruction.name)\" reads \"\(own[operand].name)\" of the backward pass, which is no weight's gradient; "
              + "write the step with weights, their gradients and named values of the forward pass")
        }
        return Value(recorder, image)
      }
      let name = instruction.isNumbered ? nil : instruction.name
      images[ValueID(i)] = recorder.record(instruction.primitive, operands, axes: instruction.axes, name: name).id
    }
    var extended = try recorder.extended(.step)
    extended.updates = own.updates.compactMap { update in
      guard let target = images[update.target], let value = images[update.value] else { return nil }
      return Update(target: target, value: value)
    }
    return extended.checked()
  }

  /// What stands for weights, gradients and named values of a program in another one.
  private func placed(_ own: Program, in trained: Program) throws -> Substitution {
    let known = Dictionary(
      trained.instructions[trained.forward].enumerated().map { ($1.name, ValueID($0)) }, uniquingKeysWith: { a, _ in a }
    )
    let gradients = Dictionary(trained.gradients.map { ($0.weight, $0.value) }, uniquingKeysWith: { a, _ in a })
    var images = Substitution(count: own.instructions.count)
    for i in own.forward where !own.instructions[i].isNumbered {
      if let id = known[own.instructions[i].name], trained[id].axes == own.instructions[i].axes {
        images[ValueID(i)] = id
      }
    }
    for gradient in own.gradients {
      guard let weight = images[gradient.weight], let value = gradients[weight] else {
        throw ProgramError.ownStep(
          "it has a gradient of \"\(own[gradient.weight].name)\", which this program does not train")
      }
      images[gradient.value] = value
    }
    return images
  }

  /// Whether forward and backward pass are the same as another program's, but for names.
  fileprivate func hasPassesOf(_ other: Program) -> Bool {
    passes == other.passes
      && zip(instructions[passes], other.instructions[other.passes]).allSatisfy { a, b in
        a.primitive.word == b.primitive.word && a.primitive.attributes == b.primitive.attributes
          && a.operands == b.operands && a.axes == b.axes
      }
      && gradients.map(\.weight) == other.gradients.map(\.weight)
      && gradients.map(\.value) == other.gradients.map(\.value)
  }
}

extension Instruction {
  /// Whether it has only the number that the recorder gave it for a name.
  fileprivate var isNumbered: Bool { name.hasPrefix("%") && Int(name.dropFirst()) != nil }
}

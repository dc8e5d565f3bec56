import Testing

@testable import Gallery
@testable import TensorPrograms

/// Every transform leaves a program in which all rules hold, and a program that breaks one is told by it.
@Suite struct ProgramCheckerTests {
  @Test(arguments: Architecture.all.map(\.name)) func transformsKeepTheRules(_ name: String) throws {
    let program = try Architecture(named: name).program()
    try ProgramChecker.check(program)
    // A step may declare dimensions of its own.
    let lines = { (program: Program) in program.instructions.indices.map(program.line) }
    let multiplied = program.withWeightMultipliers(Set(program.weights.map { program[$0.id].name }))
    try ProgramChecker.check(multiplied)
    #expect(multiplied.instructions.count == program.instructions.count + program.weights.count)
    for forward in [program, multiplied] {
      let back = try forward.withGradient()
      try ProgramChecker.check(back)
      #expect(!back.backward.isEmpty && back.step.isEmpty && back.forwardPass.text == forward.text)
      for optimizer in [Optimizer.sgd, .adam(), .sam(), .soap()] {
        let step = try forward.withStep(optimizer)
        try ProgramChecker.check(step)
        #expect(!step.step.isEmpty && lines(step.forwardPass) == lines(forward))
        try ProgramChecker.check(step.forwardPass)
      }
    }
  }

  @Test(arguments: Optimizer.all.map(\.name)) func stepsKeepTheRules(_ name: String) throws {
    let step = try Architecture.gpt.program().withStep(Optimizer(named: name))
    try ProgramChecker.check(step)
    try ProgramChecker.check(Program(text: step.text))
  }

  /// Their blocks are no repetition: a decoder uses the encoder's weights in the opposite order, a hypernetwork another
  /// slice of its embedding for each layer.
  private static let unfolded: Set<String> = ["autoencoder", "hypernetwork"]

  @Test(arguments: Architecture.all.filter { $0.options.contains { $0.name == "depth" } }.map(\.name))
  func foldingKeepsTheRules(_ name: String) throws {
    let program = try Architecture(named: name).program(["depth": "14"])
    if Self.unfolded.contains(name) {
      #expect(program.folded(keeping: 4)?.program.text == nil)
      return
    }
    let folded = try #require(program.folded(keeping: 4))
    try ProgramChecker.check(folded.program)
    #expect(folded.program.instructions.count < program.instructions.count)
  }

  // MARK: - One broken program for each rule

  @Test(arguments: ProgramChecker.Rule.allCases) func brokenProgramsAreTold(_ rule: ProgramChecker.Rule) throws {
    for damage in try damages(rule) {
      var program = try Architecture.mlp.program().withStep(.adam())
      try ProgramChecker.check(program)
      damage(&program)
      do {
        try ProgramChecker.check(program)
        Issue.record("\(rule) is not told")
      } catch {
        #expect(error.rule == rule, "\(error)")
        #expect(!error.reason.isEmpty)
      }
    }
  }

  private func damages(_ rule: ProgramChecker.Rule) throws -> [(inout Program) -> Void] {
    let program = try Architecture.mlp.program().withStep(.adam())
    let loss = try program.requireLoss()
    let used = try #require(program.instructions.firstIndex { !$0.operands.isEmpty })
    let other = try #require(program.forward.first { program.instructions[$0].axes.count == 1 })
    let (first, second) = (program.gradients[0], program.gradients[1])
    let state = try #require(program.instructions.firstIndex { $0.primitive is OptimizerState })
    return switch rule {
    case .operands:
      [
        { $0.instructions[used].operands[0] = ValueID(used) },
        { $0.instructions[used].operands[0] = ValueID($0.instructions.count) },
        { $0.instructions[used].operands[0] = ValueID(-1) },
      ]
    case .axes:
      [
        { $0.instructions[loss.index].axes = [Axis(.batch)] },
        { $0.instructions[loss.index].operands.append(ValueID(0)) },
      ]
    case .names: [{ $0.instructions[used].name = $0.instructions[0].name }]
    case .segments:
      [
        { $0.segments = Segments(forward: $0.forward.count, backward: $0.backward.count) },
        { $0.segments = $0.segments.adding(1, to: .step) },
      ]
    case .loss:
      [
        { $0.loss = ValueID($0.step.lowerBound) }, { $0.loss = ValueID($0.instructions.count) },
        { $0.loss = ValueID(other) },
      ]
    case .gradients:
      [
        { $0.gradients[0].weight = loss }, { $0.gradients[0].weight = ValueID(state) },
        { $0.gradients[0].value = second.value }, { $0.gradients.append(first) },
        { $0.gradients[0].value = ValueID(-1) },
      ]
    case .updates:
      [
        { $0.updates[0].target = loss }, { $0.updates[0].value = loss }, { $0.updates.append($0.updates[0]) },
        { $0.updates[0].target = ValueID($0.instructions.count) },
      ]
    case .cotangents:
      [
        { $0.cotangents[0].target = ValueID($0.step.lowerBound) }, { $0.cotangents[0].value = loss },
        { $0.cotangents.append($0.cotangents[0]) },
      ]
    }
  }
}

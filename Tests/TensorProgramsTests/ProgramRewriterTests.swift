import Testing

@testable import Gallery
@testable import TensorPrograms

/// What refers to an instruction follows it when a program is rewritten.
@Suite struct ProgramRewriterTests {
  @Test func whatIsKeptIsTheSame() throws {
    let program = try Architecture.transformer.program().withStep(.kfac())
    var rewriter = ProgramRewriter(program)
    for i in program.instructions.indices { rewriter.keep(i) }
    let same = rewriter.rewritten()
    #expect(same.text == program.text)
    #expect(same.segments == program.segments)
    #expect(same.cotangents == program.cotangents)
  }

  /// Something inserted into the forward pass of a whole step moves all that follows, and its users use it.
  @Test func whatIsInsertedIsUsed() throws {
    let program = try Architecture.mlp.program().withStep(.adam())
    let weight = try #require(program.weights.first?.id)
    var rewriter = ProgramRewriter(program)
    for i in program.instructions.indices {
      rewriter.keep(i)
      guard i == weight.index, let copy = rewriter[weight] else { continue }
      rewriter[weight] = rewriter.insert(
        Instruction(
          primitive: ScaleBy(Monomial(2), nil), operands: [copy], axes: program[weight].axes, name: "doubled"))
    }
    let changed = rewriter.rewritten()
    try ProgramChecker.check(changed)
    #expect(
      changed.segments
        == Segments(
          forward: program.forward.count + 1, backward: program.backward.count, step: program.step.count))
    let doubled = try #require(changed.value(named: "doubled"))
    let users = { (id: ValueID, program: Program) in
      program.instructions.filter { $0.operands.contains(id) }.map(\.name)
    }
    #expect(users(doubled, changed) == users(weight, program))
    #expect(users(weight, changed) == ["doubled"])
    // The gradient and the update are still those of the weight.
    #expect(changed.gradients[0].weight == weight && changed.updates.contains { $0.target == weight })
    for (new, old) in zip(changed.gradients, program.gradients) {
      #expect(changed[new.value].name == program[old.value].name)
    }
    for (new, old) in zip(changed.cotangents, program.cotangents) {
      #expect(changed[new.target].name == program[old.target].name)
      #expect(changed[new.value].name == program[old.value].name)
    }
  }

  @Test func whatIsLeftOutIsListedNowhere() throws {
    let program = try Architecture.mlp.program().withStep(.adam())
    var rewriter = ProgramRewriter(program)
    for i in program.passes { rewriter.keep(i) }
    let passes = rewriter.rewritten()
    try ProgramChecker.check(passes)
    #expect(passes.updates.isEmpty && passes.gradients == program.gradients && passes.step.isEmpty)
    #expect(passes.text == (try program.forwardPass.withGradient().text))
  }
}

import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Programs that bring their own step: derived for it, whatever its writer called it.
@Suite struct OwnStepTests {
  @Test(arguments: [Optimizer.sgd, .adam(), .muon()]) func aPrintedStepIsThatOptimizer(_ optimizer: Optimizer) throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    let printed = try Program(text: program.withStep(optimizer).text)
    let own = try printed.maximalUpdate(optimizer: Optimizer(stepOf: printed))
    let named = try program.maximalUpdate(optimizer: optimizer)
    #expect(own.parametrization.weights.map(\.exponents) == named.parametrization.weights.map(\.exponents))
    #expect(own.parametrization.weights.map(\.name) == named.parametrization.weights.map(\.name))
  }

  /// A step of one's own, other than any that has a name: the gradient's square root with its sign.
  @Test func anotherStep() throws {
    let text = try Architecture.mlp.program(["depth": "1"]).withStep(.sgd).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let gradient = try #require(lines.last { $0.hasPrefix("gradient readout") }?.split(separator: " ").last)
    let changed = lines.flatMap { line in
      guard line.contains("rate(readout)") else { return [line] }
      return [
        "%square [classes, hidden] = square \(gradient)", "%root [classes, hidden] = sqrt %square",
        line.replacing("scale \(gradient) ", with: "scale %root "),
      ]
    }
    let program = try Program(text: changed.joined(separator: "\n"))
    let rules = try program.maximalUpdate(optimizer: Optimizer(stepOf: program))
    // The root of the square is as large as the gradient.
    let sgd = try Architecture.mlp.program(["depth": "1"]).maximalUpdate(optimizer: .sgd)
    #expect(try rules.rule("readout").exponents == sgd.rule("readout").exponents)
  }

  @Test func refusals() throws {
    let program = try Architecture.mlp.program(["depth": "1"])
    #expect(throws: ProgramError.self) { try Optimizer(stepOf: program) }
    let text = try program.withStep(.sgd).text
    let unrated = try Program(text: text.replacing("rate(readout)", with: "by(0.1)"))
    #expect(throws: ProgramError.self) { try Optimizer(stepOf: unrated) }
  }

  /// Where data select a few of many classes, their logits are not typical: the readout starts as with few classes.
  @Test func growingClasses() throws {
    let rules = try Architecture.mlp.program(["classes": "n"]).maximalUpdate(optimizer: .adam())
    #expect(try rules.rule("readout").exponents.b == 1 && rules.rule("readout").exponents.c == 1)
    #expect(throws: ScalingError.self) {
      try Architecture.gpt.program(["sequence": "n", "vocabulary": "n"]).maximalUpdate(optimizer: .adam())
    }
  }
}

import Gallery
import Scaling
import TensorPrograms
import Testing

@Suite struct ExplanationTests {
  @Test func saysWhichEventFixedTheReadout() throws {
    let rules = try Architecture.gpt.program().maximalUpdate(optimizer: .adam())
    let text = try rules.explain("readout")
    #expect(text.contains("initial standard deviation n^(-1)"))
    #expect(text.contains("after 1 update, line"))
    #expect(text.contains("the sum over model has a mean: law of large numbers, n"))
    #expect(text.contains("gradient came back through readout at step 0"))
  }

  @Test func lineNumbersAreThoseOfTheText() throws {
    let program = try Architecture.gpt.program().withStep(.adam())
    let lines = program.text.split(separator: "\n", omittingEmptySubsequences: false)
    for i in program.instructions.indices {
      #expect(lines[program.lineNumber(i) - 1] == program.line(i)[...])
    }
  }

  @Test func everyWeightAndMultiplierHasAReason() throws {
    for name in ["mlp", "gpt", "resnet"] {
      let rules = try Architecture(named: name).program().maximalUpdate(optimizer: .sgd)
      for (weight, reason) in zip(rules.weights, try rules.explain(rules.weights.map(\.name))) {
        #expect(weight.rateReason != nil, "\(weight.name)")
        #expect(reason.hasPrefix(weight.name + " "))
        #expect(reason.contains("line"), "\(weight.name)")
      }
      for multiplier in rules.multipliers { #expect(multiplier.reason != nil, "\(multiplier.name)") }
    }
  }

  @Test func unknownNames() throws {
    let rules = try Architecture.mlp.program().maximalUpdate(optimizer: .sgd)
    #expect(throws: ProgramError.self) { try rules.explain("readot") }
  }
}

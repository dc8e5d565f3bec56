import Laws
import TensorPrograms
import TestSupport
import Testing

/// Random programs are what they are said to be.
@Suite struct RandomProgramGeneratorTests {
  private static let count: UInt64 = 150

  @Test func aSeedIsAProgram() throws {
    for seed in 0..<8 as Range<UInt64> {
      #expect(try RandomProgram.make(seed: seed).text == RandomProgram.make(seed: seed).text)
    }
  }

  /// All are valid, are read back, and learn something.
  @Test func areWellFormed() throws {
    for seed in 0..<Self.count {
      let program = try RandomProgram.make(seed: seed)
      try ProgramChecker.check(program)
      #expect(try Program(text: program.text).text == program.text)
      #expect(program.loss != nil && program.weights.contains { !$0.isFrozen })
    }
  }

  /// Together they use every operation that a network is made of, and each often enough.
  @Test func useTheWholeVocabulary() throws {
    var programs: [String: Int] = [:]
    for seed in 0..<Self.count {
      let program = try RandomProgram.make(seed: seed)
      for word in Set(program.instructions.map(\.primitive.word)) { programs[word, default: 0] += 1 }
    }
    let words = [
      "input", "indices", "weight", "constant", "one", "contract", "sum", "add", "scale", "guard", "softmax",
      "logsumexp",
      "gather", "causal", "rename", "select", "square", "sqrt", "reciprocal", "exp", "tanh", "relu", "gelu", "silu",
      "erf",
      "sigmoid", "sine", "cosine", "abs", "leakyrelu",
    ]
    for word in words { #expect(programs[word, default: 0] >= 2, "\(word)") }
  }

  @Test func deepOnesRepeat() throws {
    for seed in 0..<6 as Range<UInt64> { #expect(try RandomProgram.deep(seed: seed).folded(keeping: 4) != nil) }
  }

  /// What is left of a program that is shrunk still has the fault, and little else.
  @Test func shrinkingKeepsTheFault() throws {
    let fails = { (p: Program) in p.instructions.contains { $0.primitive.word == "reciprocal" } }
    var found: Program?
    for seed in 0..<Self.count where found == nil {
      let program = try RandomProgram.make(seed: seed)
      if fails(program), program.forward.count > 30 { found = program }
    }
    let whole = try #require(found)
    let small = whole.shrunk(while: fails)
    #expect(fails(small) && small.forward.count < whole.forward.count / 2)
  }
}

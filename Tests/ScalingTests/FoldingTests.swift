import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Repeated blocks are analyzed once, and the answers are those of the whole.
@Suite struct FoldingTests {
  @Test(arguments: ["mlp", "gpt", "resnet"], [Optimizer.sgd, .adam()])
  func answersAreThoseOfTheWhole(_ name: String, _ optimizer: Optimizer) throws {
    let program = try Architecture(named: name).program(["depth": "14"])
    let folded = try #require(program.folded(keeping: 4))
    #expect(folded.program.instructions.count < program.instructions.count / 2)
    let short = try program.maximalUpdate(optimizer: optimizer)
    let whole = try program.maximalUpdate(optimizer: optimizer, folding: false)
    #expect(short.program.instructions.count < whole.program.instructions.count / 2)
    #expect(short.parametrization.weights.map(\.name) == whole.parametrization.weights.map(\.name))
    #expect(short.parametrization.weights.map(\.exponents) == whole.parametrization.weights.map(\.exponents))
    #expect(short.parametrization.multipliers.map(\.exponent) == whole.parametrization.multipliers.map(\.exponent))
    #expect(short.weights.map(\.updateSize) == whole.weights.map(\.updateSize))
    #expect(short.weights.map(\.gradients.last) == whole.weights.map(\.gradients.last))
    let reasons = try short.explain(short.parametrization.weights.map(\.name))
    #expect(reasons.count == short.parametrization.weights.count && reasons.allSatisfy { !$0.isEmpty })
  }

  @Test func everyWeightIsStoodForByOneOfItsShape() throws {
    let program = try Architecture.gpt.program(["depth": "40", "tied": "true"])
    let folded = try #require(program.folded(keeping: 4))
    for (id, initializer, _) in program.weights {
      let other = folded.program[folded.representative(of: id)]
      #expect(other.role.initializer == initializer)
      #expect(other.axes == program[id].axes)
      #expect(other.name.split(separator: ".").last == program[id].name.split(separator: ".").last)
    }
    #expect(
      program.value(named: "blocks.39.out").map { folded.program[folded.representative(of: $0)].name }
        == "blocks.39.out")
  }

  @Test func shallowProgramsAreTakenAsTheyAre() throws {
    #expect(try Architecture.gpt.program().folded(keeping: 4) == nil)
  }

  /// A sum over all blocks' outputs needs each of them: nothing can be left out.
  @Test func valuesUsedAfterTheBlocksAreKept() throws {
    let n = Dimension("n", growing: .n)
    let program = try Program("dense connections") { p in
      var x = Dense("in", to: n)(p.input("x", .batch, .fixed("features", 8)))
      var outputs: [Value] = []
      for i in 0..<20 {
        x = tanh(Dense("layers.\(i)", to: n)(x))
        outputs.append(x)
      }
      let total = outputs.dropFirst().reduce(outputs[0]) { $0 + $1 }
      p.minimize(
        meanSquaredError(Dense("out", to: .fixed("outputs", 1))(total), p.input("y", .batch, .fixed("outputs", 1))))
    }
    #expect(program.folded(keeping: 4) == nil)
    #expect(try program.maximalUpdate(optimizer: .sgd).rule("layers.7").rate == 0)
  }
}

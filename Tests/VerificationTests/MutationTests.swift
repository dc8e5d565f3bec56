import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing
import TrainingData
import Verification

/// Take away one rule, and the check must say that something disagrees, and name the weight: for each kind of weight of
/// the GPT, and for the attention scale.
@Suite struct MutationTests {
  /// The network with its rules, and what is predicted of them.
  private struct Case {
    let program: Program, optimizer: Optimizer, derived: Parametrization, predictions: [Prediction]

    init(_ optimizer: Optimizer) throws {
      self.optimizer = optimizer
      program = try Architecture.gpt.program(["depth": "1", "sequence": "8", "batch": "1", "hidden": "n"])
      derived = try program.maximalUpdate(optimizer: optimizer).parametrization
      predictions = try program.predictions(derived, optimizer: optimizer, steps: 1)
    }

    func check(_ mutation: String?) throws -> CheckGrid {
      var trained = derived
      if let mutation { try trained.set(mutation) }
      let check = CoordinateCheck(
        program: program, optimizer: optimizer, parametrization: trained, predictions: predictions, base: 64,
        widths: [32, 64, 128, 256], seeds: [0, 1], steps: 1)
      return try check.run(on: DataKind.named("shakespeare")).grid
    }
  }

  private static let adam = Result { try Case(.adam()) }
  private static let sgd = Result { try Case(.sgd) }

  @Test(arguments: [
    ("embedding.token.b=1/2", "embedding.token"), ("embedding.token.c=1", "embedding.token"),
    ("embedding.position.c=1", "embedding.position"), ("blocks.0.norm1.gain.c=1", "blocks.0.norm1.gain"),
    ("blocks.0.norm2.bias.c=1", "blocks.0.norm2.bias"), ("norm.gain.b=1/2", "norm.gain"),
    ("blocks.0.attention.query.c=0", "blocks.0.attention.query"),
    ("blocks.0.attention.key.b=0", "blocks.0.attention.key"),
    ("blocks.0.attention.value.c=0", "blocks.0.attention.value"),
    ("blocks.0.attention.out.c=0", "blocks.0.attention.out"),
    ("blocks.0.mlp.up.c=0", "blocks.0.mlp.up"), ("blocks.0.mlp.down.b=1", "blocks.0.mlp.down"),
    ("readout.b=1/2", "readout"), ("readout.c=0", "readout"),
    ("blocks.0.attention.scale=-1/2", "blocks.0.attention.logits"),
    ("blocks.0.attention.scale=0", "blocks.0.attention.logits"),
  ]) func oneRuleLess(mutation: String, name: String) throws {
    let grid = try Self.adam.get().check(mutation)
    #expect(grid.verdict == .disagrees)
    let named = Set(grid.rows.filter { $0.verdict == .disagrees }.map(\.value))
    #expect(named.contains(name), "\(named.sorted())")
  }

  /// With SGD the vector-like weights have rules to lose: their rates grow as n.
  @Test(arguments: ["embedding.token.c=0", "blocks.0.norm1.gain.c=0", "norm.bias.c=0", "readout.c=0"])
  func oneRuleLessWithSGD(mutation: String) throws {
    let grid = try Self.sgd.get().check(mutation)
    #expect(grid.verdict == .disagrees)
    #expect(grid.rows.contains { $0.verdict == .disagrees && mutation.hasPrefix($0.value) })
  }

  @Test func nothingDisagreesWithAllRules() throws {
    for network in [Self.adam, Self.sgd] {
      let grid = try network.get().check(nil)
      #expect(grid.verdict != .disagrees, "\(grid.rows.filter { $0.verdict == .disagrees })")
    }
  }
}

import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing
import TrainingData
import Verification

/// Take away one rule, and the check must say that something disagrees, and name the weight: for each kind of weight of
/// the GPT, and for the attention scale.
@Suite struct MutationTests {
  /// The grids of one network with each of some mutations, held to what is predicted without them; "" is none.
  ///
  /// All are trained together, so that they share what does not depend on the rules.
  private static func grids(_ optimizer: Optimizer, _ mutations: [String]) throws -> [String: CheckGrid] {
    let program = try Architecture.gpt.program(["depth": "1", "sequence": "8", "batch": "1", "hidden": "n"])
    let derived = try program.maximalUpdate(optimizer: optimizer).parametrization
    let predictions = try program.predictions(derived, optimizer: optimizer, steps: 1)
    let all = [""] + mutations
    let checks = try all.map { mutation in
      var trained = derived
      if !mutation.isEmpty { try trained.set(mutation) }
      return CoordinateCheck(
        program: program, optimizer: optimizer, parametrization: trained, predictions: predictions, base: 64,
        widths: [32, 64, 128, 256], seeds: [0, 1], steps: 1)
    }
    let results = try CoordinateCheck.run(checks, on: DataKind.named("shakespeare"))
    return Dictionary(uniqueKeysWithValues: zip(all, results.map(\.grid)))
  }

  /// A mutation, and what must be named.
  private static let withAdam = [
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
  ]
  /// With SGD the vector-like weights have rules to lose: their rates grow as n.
  private static let withSGD = [
    ("embedding.token.c=0", "embedding.token"), ("blocks.0.norm1.gain.c=0", "blocks.0.norm1.gain"),
    ("norm.bias.c=0", "norm.bias"), ("readout.c=0", "readout"),
  ]

  private static let adam = Result { try grids(.adam(), withAdam.map(\.0)) }
  private static let sgd = Result { try grids(.sgd, withSGD.map(\.0)) }

  private func expectRefuted(_ mutation: String, _ name: String, in grids: [String: CheckGrid]) throws {
    let grid = try #require(grids[mutation])
    #expect(grid.verdict == .disagrees)
    let named = Set(grid.rows.filter { $0.verdict == .disagrees }.map(\.value))
    #expect(named.contains(name), "\(named.sorted())")
  }

  @Test(arguments: withAdam) func oneRuleLess(mutation: String, name: String) throws {
    try expectRefuted(mutation, name, in: Self.adam.get())
  }

  @Test(arguments: withSGD) func oneRuleLessWithSGD(mutation: String, name: String) throws {
    try expectRefuted(mutation, name, in: Self.sgd.get())
  }

  /// Of all that is measured with every rule in place nothing disagrees, and most of it agrees.
  @Test(arguments: ["Adam", "SGD"]) func nothingDisagreesWithAllRules(_ optimizer: String) throws {
    let grid = try #require(try (optimizer == "Adam" ? Self.adam : Self.sgd).get()[""])
    let (agree, disagree) = (grid.count(.agrees), grid.count(.disagrees))
    tally("all rules, \(optimizer)", ["rows": grid.rows.count, "agree": agree, "disagree": disagree])
    #expect(disagree == 0, "\(grid.rows.filter { $0.verdict == .disagrees })")
    #expect(2 * agree > grid.rows.count, "\(agree) of \(grid.rows.count)")
  }
}

import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Exponents of the gallery's oddities, worked out by hand: initial size n^-b, rates n^-c for Adam and for SGD.
@Suite struct OddityTests {
  private typealias Rule = (b: Rational, adam: Rational, sgd: Rational)

  private static let vector: Rule = (0, 0, -1)
  private static let matrix: Rule = (.half, 1, 0)
  private static let output: Rule = (1, 1, 1)
  private static let scalar: Rule = (0, 0, 0)

  /// Every weight has the rule of the first pattern that its name ends with.
  private func check(
    _ name: String, settings: [String: String] = [:], _ rules: KeyValuePairs<String, Rule>,
    multipliers: [Rational] = []
  ) throws {
    let program = try Architecture(named: name).program(settings)
    for optimizer in [Optimizer.sgd, .adam()] {
      let derived = try program.maximalUpdate(optimizer: optimizer).parametrization
      for weight in derived.weights {
        let rule = try #require(rules.first { weight.name.hasSuffix($0.key) }, "\(weight.name)").value
        let c = program.isFrozen(weight.name) ? 0 : optimizer.name == "SGD" ? rule.sgd : rule.adam
        #expect(weight.exponents == Exponents(b: rule.b, c: c), "\(name) \(settings) \(weight.name) \(optimizer.name)")
      }
      #expect(derived.multipliers.map(\.exponent) == multipliers, "\(name) \(settings)")
    }
  }

  /// The sum over the table's rows meets what training wrote into them: only a multiplier of 1/n fits, for the table
  /// itself must stay at 1 for its other use.
  @Test func tiedReadout() throws {
    try check(
      "tied-lm", ["embedding": Self.vector, "up": Self.matrix, "down": Self.matrix, "": Self.vector], multipliers: [-1])
  }

  /// Normalized queries and keys have entries of 1, so the scale is that of any attention. A gain that all heads share
  /// sums its gradient over heads: if these grow and the head does not, it is a scalar; one for each head is a vector.
  @Test func normalizedQueriesAndKeys() throws {
    func rules(gains: Rule) -> KeyValuePairs<String, Rule> {
      [
        "readout": Self.output, "query.gain": gains, "key.gain": gains, "gain": Self.vector,
        "embedding.token": Self.vector, "embedding.position": Self.vector, "": Self.matrix,
      ]
    }
    try check("qk-norm", rules(gains: Self.vector), multipliers: [-1])
    try check("qk-norm", settings: ["per-head": "true"], rules(gains: Self.vector), multipliers: [-1])
    let many = ["heads": "n/32", "head-size": "32"]
    try check("qk-norm", settings: many, rules(gains: Self.scalar), multipliers: [0])
    try check(
      "qk-norm", settings: many.merging(["per-head": "true"]) { $1 }, rules(gains: Self.vector), multipliers: [0])
  }

  @Test func gains() throws {
    try check(
      "layerscale",
      ["readout": Self.output, "up": Self.matrix, "down": Self.matrix, "": Self.vector])
  }

  /// A sums over the width, B does not. The first A meets frozen features, which never learn its rows; the second meets
  /// what came back through itself.
  @Test func lowRankFactors() throws {
    try check(
      "lora",
      [
        "readout": Self.output, "base": Self.matrix, "layers.0.A": (.half, 1, 1), "layers.1.A": Self.output,
        "B": Self.vector, "": Self.vector,
      ])
  }

  @Test func frozenWeightsHaveNoUpdate() throws {
    let program = try Architecture.lora.program()
    let step = try program.withStep(.adam())
    let trained = step.gradients.map { step[$0.weight].name }
    #expect(trained == ["layers.0.A", "layers.0.B", "layers.1.A", "layers.1.B"].filter { trained.contains($0) })
    #expect(trained.count == 4 && step.updates.count == 3 * 4)
    let derived = try program.maximalUpdate(optimizer: .adam())
    #expect(try derived.explain("layers.0.base").contains("it is frozen, and gets no gradient"))
    #expect(try Program(text: program.text).isFrozen("readout"))
    #expect(throws: ProgramError.self) {
      try Program(text: program.text.replacing("frozen(true)", with: "frozen(maybe)"))
    }
  }

  /// The code is an output of what comes before it and an input of what comes after. Plain gradient descent starts at a
  /// saddle: both gradients are smaller by n^(-1/2) at first.
  @Test func bottleneck() throws {
    try check(
      "bottleneck", ["readout": Self.output, "encode": Self.output, "decode": Self.vector, "in": Self.vector])
    let derived = try Architecture.bottleneck.program().maximalUpdate(optimizer: .sgd)
    for name in ["encode", "decode"] {
      let facts = try #require(derived.weights.first { $0.name == name })
      let (first, last) = (try #require(facts.gradients.first), try #require(facts.gradients.last))
      #expect(try #require(first) == #require(last) - .half, "\(name)")
    }
  }

  @Test func scalarGate() throws {
    try check(
      "scalar-gate",
      [
        "readout": Self.output, "gate": Self.output, "gate.bias": Self.scalar, "up": Self.matrix, "down": Self.matrix,
        "": Self.vector,
      ])
  }
}

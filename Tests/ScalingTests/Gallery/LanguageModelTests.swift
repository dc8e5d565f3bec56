import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// What is derived for the large language models of the gallery, beside what a hand derives: by weight name, initial
/// standard deviation and Adam's rate as powers of the width.
///
/// By hand: a weight that is summed over a growing axis and kept along one starts at n^(-1/2) for the central limit, and
/// its update, aligned with what it meets, may have entries n^(-1) for the law of large numbers. One that is kept along a
/// growing axis only (embeddings, gains, biases) is of size 1. One that is summed to finitely many results (readouts, the
/// shared keys and values of growing heads) meets what its own gradient has moved: n^(-1), both.
@Suite struct LanguageModelTests {
  typealias Powers = (initial: Rational, rate: Rational)
  static let vector: Powers = (0, 0), matrix: Powers = (-Rational.half, -1), readout: Powers = (-1, -1)
  /// Of two matrices that share n^(-1).
  static let shared: Powers = (-1, Rational(-3, 2))

  /// Checks every weight: `exceptions` by the end of the name, matrices by their axes, all others as vectors.
  private func expect(
    _ name: String, _ settings: [String: String] = [:], exceptions: [String: Powers] = [:],
    multipliers: [String: Rational]
  ) throws {
    let rules = try Architecture(named: name).program(settings).maximalUpdate(optimizer: .adam())
    for rule in rules.parametrization.weights {
      let growth = rule.axes.reduce(Rational.zero) { $0 + $1.growth }
      let special = exceptions.first { rule.name.hasSuffix($0.key) }?.value
      let expected = special ?? (growth == 2 ? Self.matrix : Self.vector)
      let label: Comment = "\(name) \(settings) \(rule.name): \(rule.initialSize), \(rule.rate)"
      #expect(rule.rate == expected.rate, label)
      if case .zero = rule.initializer { continue }
      #expect(rule.initialSize == expected.initial, label)
    }
    #expect(!rules.parametrization.multipliers.isEmpty || multipliers.isEmpty)
    for rule in rules.parametrization.multipliers {
      let expected = multipliers.first { rule.name.hasSuffix($0.key) }?.value
      #expect(rule.exponent == expected, "\(name) \(settings) \(rule.name)")
    }
  }

  private static let growingHeads = ["heads": "n/8", "head-size": "8"]

  /// Tied: the table is of size 1 and the readout's multiplier n^(-1). The attention scale is one over the head size: n^(-1)
  /// where it grows, 1 where the number of heads does.
  @Test(arguments: ["gpt-3", "megatron-lm", "opt", "bert", "gopher", "chinchilla", "transformer"])
  func multiHead(_ name: String) throws {
    try expect(name, multipliers: [".scale": -1])
    let rules = try Architecture(named: name).program(Self.growingHeads).maximalUpdate(optimizer: .adam())
    for rule in rules.parametrization.multipliers {
      #expect(rule.exponent == (rule.name == "readout.scale" ? -1 : 0), "\(name) \(rule.name)")
    }
    try expect(name, Self.growingHeads, multipliers: ["attention.scale": 0, "cross.scale": 0, "readout.scale": -1])
  }

  /// Keys and values of few groups with growing heads are matrices; of growing groups too; where only the heads of a
  /// group grow, at fixed size, they are shared by many queries and are of output type.
  @Test func groupedQueries() throws {
    let ends = ["attention.scale": Rational(-1)]
    try expect("llama", exceptions: ["readout": Self.readout], multipliers: ends)
    try expect("llama-2", exceptions: ["readout": Self.readout], multipliers: ends)
    try expect(
      "llama-2", ["groups": "n/16", "head-size": "8"], exceptions: ["readout": Self.readout],
      multipliers: ["attention.scale": 0])
    try expect(
      "llama-2", ["heads": "n/16", "head-size": "8"],
      exceptions: ["readout": Self.readout, "attention.key": Self.readout, "attention.value": Self.readout],
      multipliers: ["attention.scale": 0])
  }

  /// One set of keys and values: matrices if the head grows; if the heads do, variance n^(-2).
  @Test func multiQuery() throws {
    try expect("palm", multipliers: [".scale": -1])
    try expect(
      "palm", Self.growingHeads, exceptions: ["attention.key": Self.readout, "attention.value": Self.readout],
      multipliers: ["attention.scale": 0, "readout.scale": -1])
  }

  /// Without a scale query and key share n^(-1) where the head grows, since nothing tells them apart: each starts at n^(-1), and
  /// Adam's rate is n^(-3/2); T5 gives the query n^(-1) and the key n^(-1/2). Where heads grow, they are ordinary matrices. Biases by
  /// distance are of size 1 either way.
  @Test func folded() throws {
    for untied in ["false", "true"] {
      let exceptions = untied == "true" ? ["readout": Self.readout] : [:]
      let ends: [String: Rational] = untied == "true" ? [:] : ["readout.scale": -1]
      try expect(
        "t5", ["untied": untied],
        exceptions: exceptions.merging([".query": Self.shared, ".key": Self.shared]) { a, _ in a }, multipliers: ends)
      try expect(
        "t5", Self.growingHeads.merging(["untied": untied]) { a, _ in a }, exceptions: exceptions, multipliers: ends)
    }
  }

  /// SGD by name: vectors n, matrices 1, and n^(-1) for what sums to finitely many results.
  @Test(arguments: ["llama", "palm", "bert"]) func withSGD(_ name: String) throws {
    let rules = try Architecture(named: name).program().maximalUpdate(optimizer: .sgd)
    for rule in rules.parametrization.weights where rule.name != "readout.bias" {
      let growth = rule.axes.reduce(Rational.zero) { $0 + $1.growth }
      #expect(rule.rate == (rule.name == "readout" ? -1 : growth == 2 ? 0 : 1), "\(name) \(rule.name)")
    }
  }

  /// Gains that normalize queries and keys and that heads share: vector-like along a growing head, a finite number of
  /// numbers at a fixed one, where SGD's rate does not grow.
  @Test func normalizedQueries() throws {
    for (settings, expected) in [(["qk-norm": "true"], Rational(1)), (Self.growingHeads, Rational(0))] {
      let program = try Architecture.gpt.program(settings.merging(["qk-norm": "true"]) { a, _ in a })
      let sgd = try program.maximalUpdate(optimizer: .sgd)
      let adam = try program.maximalUpdate(optimizer: .adam())
      for gain in ["blocks.0.attention.query-norm.gain", "blocks.1.attention.key-norm.gain"] {
        #expect(try sgd.rule(gain).rate == expected && adam.rule(gain).rate == 0, "\(settings) \(gain)")
      }
    }
  }
}

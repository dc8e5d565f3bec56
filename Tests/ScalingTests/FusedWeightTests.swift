import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// A fused weight has the rules of its parts: writing it as several changes nothing.
@Suite struct FusedWeightTests {
  private static let optimizers: [Optimizer] = [.sgd, .adam()]
  private let model = Dimension("model", growing: .n), classes = Dimension("classes", 4)
  private let features = Dimension("features", 8), sequence = Dimension("sequence", 5)

  /// Rules by weight, `/` taken for `.`.
  private func rules(_ program: Program, _ optimizer: Optimizer) throws -> [String: String] {
    let found = try program.maximalUpdate(optimizer: optimizer).parametrization
    return Dictionary(
      uniqueKeysWithValues: found.weights.map {
        ($0.name.replacing("/", with: "."), "\($0.exponents.b) \($0.exponents.c)")
      } + found.multipliers.map { ($0.name, "\($0.exponent)") })
  }

  private func attention(_ project: (Value) -> [Value]) throws -> Program {
    try Program("attention") { p in
      let x = Dense("in", to: model)(p.input("x", .batch, sequence, features))
      let parts = project(tanh(x))
      let key = Axis(sequence, primes: 1)
      let (k, v) = (rename(parts[1], Axis(sequence), to: key), rename(parts[2], Axis(sequence), to: key))
      let logits = multiplier(
        "scale", contract([parts[0], k], to: [Axis(.batch), Axis(sequence), key]),
        standard: .product([model], power: Rational(-1, 2)))
      let y = contract([softmax(logits, over: [key]), v], to: [Axis(.batch), Axis(sequence), Axis(model)])
      let out = Dense("readout", to: classes)(mean(tanh(Dense("out", to: model)(y)), over: [Axis(sequence)]))
      p.minimize(crossEntropy(out, p.labels("label", below: classes)))
    }
  }

  /// Queries, keys and values: at initialization a query knows nothing of a key, although one weight makes both.
  @Test(arguments: optimizers) func queriesKeysAndValues(_ optimizer: Optimizer) throws {
    let fused = try attention { x in
      let all = Dimension("all", growing: 3 * .n)
      let parts = [model, model, model]
      let made = Dense("qkv", to: all)(x)
      return (0..<3).map { slice(made, $0, of: parts, along: Axis(all)) }
    }
    let apart = try attention { x in (0..<3).map { Dense("qkv.\($0)", to: model)(x) } }
    let found = try rules(fused, optimizer)
    #expect(try found == rules(apart, optimizer))
    #expect(found["scale"] == "-1" && found["qkv.0"] == "1/2 \(optimizer.name == "SGD" ? 0 : 1)")
    let sizes = try fused.exponents(.standard(fused), optimizer: optimizer, steps: 1)
    let logits = try #require(sizes.program.multipliers.first).site
    let scores = try #require(sizes.program[logits].operands.first)
    #expect(sizes[0, scores].initial == Rational(1, 2))
  }

  /// What comes from few units and what comes from many, in one: each part has a rule of its own.
  @Test(arguments: optimizers) func partsOfDifferentSize(_ optimizer: Optimizer) throws {
    let both = Dimension("both", growing: 2 * .n)
    let parts = [model, model]
    func program(_ readout: (Recorder, Value, Value) -> Value) throws -> Program {
      try Program("skip") { p in
        let x = p.input("x", .batch, features)
        let shallow = tanh(Dense("shallow", to: model)(x))
        // Not drawn at random: its entries are alike.
        let deep = scale(tanh(Dense("deep", to: model)(shallow)), by: .product([model], power: Rational(-1, 2)))
        p.minimize(crossEntropy(readout(p, shallow, deep), p.labels("label", below: classes)))
      }
    }
    let fused = try program { _, a, b in
      Dense("readout", to: classes)(concatenate([a, b], of: parts, along: Axis(both)))
    }
    let apart = try program { _, a, b in Dense("readout.0", to: classes)(a) + Dense("readout.1", to: classes)(b) }
    let found = try rules(fused, optimizer)
    #expect(try found == rules(apart, optimizer))
    #expect(found["readout.0"] != found["readout.1"])
  }

  /// Heads as a part of the model's axis, beside heads as axes of their own.
  @Test(arguments: optimizers) func splitHeads(_ optimizer: Optimizer) throws {
    let heads = Dimension("heads", 4)
    let head = Dimension("head", growing: .n / 4)
    func program(_ make: (Value) -> Value) throws -> Program {
      try Program("heads") { p in
        let x = tanh(Dense("in", to: Dimension("hidden", growing: .n))(p.input("x", .batch, features)))
        let y = make(x)
        p.minimize(crossEntropy(y, p.labels("label", below: classes)))
      }
    }
    let merged = try program { x in
      let y = tanh(split(Dense("w", to: model)(x), Axis(model), into: [heads, head]))
      return Dense("readout", to: classes)(merge(y, [heads, head], to: Axis(model)))
    }
    let apart = try program { x in
      Dense("readout", to: classes, over: [heads, head])(tanh(Dense("w", to: heads, head)(x)))
    }
    #expect(try rules(merged, optimizer) == rules(apart, optimizer))
  }
}

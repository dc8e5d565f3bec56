import Exact
import Scaling
import Testing

@testable import Gallery
@testable import TensorPrograms

/// Tensor Programs V (2203.03466), table 3, which is derived here and never read: by the growing axes of a weight.
private struct TableThree {
  static func expected(_ rule: WeightRule, adam: Bool) -> (b: Rational, c: Rational) {
    // Which of a weight's axes are contracted with its input is the table's fan-in; the gallery's weights are written
    // [out.., in..], and the two kinds with one growing axis are told apart by where it stands.
    let growing = rule.axes.map { !$0.growth.isZero }
    let count = rule.axes.filter { $0.growth == 1 }.count
    let outputs = growing.prefix { $0 }.count
    switch (count, outputs) {
    case (2, _): return (.half, adam ? 1 : 0)
    case (1, 1...): return (0, adam ? 0 : -1)
    default: return (1, 1)
    }
  }
}

@Suite struct PublishedTests {
  @Test(arguments: [Optimizer.sgd, .momentum(), .adam(), .adamW()])
  func multilayerPerceptron(_ optimizer: Optimizer) throws {
    let adam = optimizer.name.hasPrefix("Adam")
    for options in [
      [:], ["biases": "true"], ["relu": "true"], ["depth": "1"], ["depth": "6"], ["zero-readout": "true"],
    ] {
      let rules = try Architecture.mlp.program(options).maximalUpdate(optimizer: optimizer)
      for rule in rules.parametrization.weights where rule.name != "readout.bias" {
        let expected = TableThree.expected(rule, adam: adam)
        #expect(rule.exponents == Exponents(b: expected.b, c: expected.c), "\(options) \(rule.name)")
      }
      if let bias = rules["readout.bias"] { #expect(bias.exponents.c == 0) }
    }
  }

  /// Embeddings, gains and biases are vector-like; the readout is of output type; the rest are hidden.
  @Test(arguments: [Optimizer.sgd, .adam()]) func transformer(_ optimizer: Optimizer) throws {
    let rules = try Architecture.gpt.program().maximalUpdate(optimizer: optimizer)
    let adam = optimizer.name == "Adam"
    for rule in rules.parametrization.weights {
      let expected: (b: Rational, c: Rational) =
        switch rule.name {
        case "readout": (1, 1)
        case let name where name.contains("attention.") || name.contains("mlp."): (.half, adam ? 1 : 0)
        default: (0, adam ? 0 : -1)
        }
      #expect(rule.exponents == Exponents(b: expected.b, c: expected.c), "\(rule.name)")
    }
    #expect(rules.parametrization.weights.count == 25)
  }

  @Test(arguments: [Optimizer.sgd, .adam()]) func convolutional(_ optimizer: Optimizer) throws {
    let rules = try Architecture.resnet.program().maximalUpdate(optimizer: optimizer)
    let adam = optimizer.name == "Adam"
    for rule in rules.parametrization.weights {
      let expected: (b: Rational, c: Rational) =
        switch rule.name {
        case "readout": (1, 1)
        case let name where name.contains("conv"): (.half, adam ? 1 : 0)
        default: (0, adam ? 0 : -1)
        }
      #expect(rule.exponents == Exponents(b: expected.b, c: expected.c), "\(rule.name)")
    }
  }

  /// 1/d where the head grows, 1 where it does not, d^-1 = n^(-1/2) where heads and head grow as roots.
  @Test(arguments: [
    ("4", "n", Rational(-1)), ("n/32", "32", Rational(0)), ("n", "32", Rational(0)),
    ("n^(1/2)", "n^(1/2)", Rational(-1, 2)),
  ]) func attentionScale(heads: String, head: String, expected: Rational) throws {
    let rules = try Architecture.gpt.program(["heads": heads, "head-size": head]).maximalUpdate(optimizer: .adam())
    for multiplier in rules.parametrization.multipliers { #expect(multiplier.exponent == expected, "\(heads) \(head)") }
  }

  /// A tied embedding and readout: no one variance fits both uses; the readout's multiplier is 1/n (table 8).
  @Test func tied() throws {
    let rules = try Architecture.gpt.program(["tied": "true"]).maximalUpdate(optimizer: .adam())
    #expect(rules["embedding.token"]?.exponents == Exponents(b: 0, c: 0))
    #expect(rules.parametrization.multipliers.first { $0.name == "readout.scale" }?.exponent == -1)
  }

  /// A finite bottleneck n -> r -> n: the first factor is of output type, the second of input type.
  @Test func bottleneck() throws {
    let n = Dimension("hidden", growing: .n)
    let r = Dimension("bottleneck", 8)
    let classes = Dimension("classes", 10)
    let program = try Program("bottleneck") { p in
      let x = relu(Dense("in", to: n)(p.input("x", [.batch, Dimension("features", 64)])))
      let z = Dense("out", to: n)(tanh(Dense("to", to: r)(x)))
      p.minimize(crossEntropy(Dense("readout", to: classes)(tanh(z)), p.labels("y", below: classes)))
    }
    let rules = try program.maximalUpdate(optimizer: .adam())
    #expect(rules["to"]?.exponents == Exponents(b: 1, c: 1))
    #expect(rules["out"]?.exponents == Exponents(b: 0, c: 0))
  }

  /// Two factors of LoRA need different rates (2402.12354): A of output type, B, which starts at zero, of input type.
  @Test func lowRankAdaptation() throws {
    let n = Dimension("model", growing: .n)
    let r = Dimension("rank", 4)
    let classes = Dimension("classes", 10)
    let program = try Program("lora") { p in
      let x = tanh(Dense("in", to: n)(p.input("x", [.batch, Dimension("features", 64)])))
      let h = Dense("frozen", to: n)(x) + Dense("B", to: n, zero: true)(Dense("A", to: r)(x))
      p.minimize(crossEntropy(Dense("readout", to: classes)(tanh(h)), p.labels("y", below: classes)))
    }
    let rules = try program.maximalUpdate(optimizer: .adam())
    #expect(rules["A"]?.exponents.c == 1)
    #expect(rules["B"]?.exponents.c == 0)
    #expect(rules.weights.first { $0.name == "A" }?.gradients.first == .some(nil), "no gradient at step 0")
    #expect(rules.weights.first { $0.name == "A" }?.transientEnds == 1)
  }

  /// Elementwise gains are vector-like whatever stands beside them: Adam 1, SGD n.
  @Test func layerScale() throws {
    let n = Dimension("model", growing: .n)
    let classes = Dimension("classes", 10)
    let program = try Program("layer scale") { p in
      let x = tanh(Dense("in", to: n)(p.input("x", [.batch, Dimension("features", 64)])))
      let gain = p.weight("gain", [Axis(n)], .constant(0.1))
      let y = x + gain * tanh(Dense("hidden", to: n)(x))
      p.minimize(crossEntropy(Dense("readout", to: classes)(y), p.labels("y", below: classes)))
    }
    #expect(try program.maximalUpdate(optimizer: .adam())["gain"]?.exponents.c == 0)
    #expect(try program.maximalUpdate(optimizer: .sgd)["gain"]?.exponents.c == -1)
  }

  /// Depth is no more than repetition: every block has the rules of the first.
  @Test func depth() throws {
    let rules = try Architecture.gpt.program(["depth": "12"]).maximalUpdate(optimizer: .adam())
    for rule in rules.parametrization.weights where rule.name.hasPrefix("blocks.") {
      let first = rules[rule.name.replacing(/blocks\.\d+/, with: "blocks.0")]
      #expect(rule.exponents == first?.exponents, "\(rule.name)")
    }
  }
}

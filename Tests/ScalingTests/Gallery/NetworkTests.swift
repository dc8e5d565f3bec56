import Exact
import Scaling
import Testing

@testable import Gallery
@testable import TensorPrograms

/// Exponents derived by hand, by weight: of networks that tables by fan-in get wrong.
@Suite struct NetworkTests {
  /// Initial standard deviation n^-b, Adam's rate n^-adam, SGD's rate n^-sgd.
  struct Rule {
    var b: Rational, adam: Rational, sgd: Rational
    init(_ b: Rational, _ adam: Rational, _ sgd: Rational) { (self.b, self.adam, self.sgd) = (b, adam, sgd) }
    /// One growing axis, which is kept: input weights, gains, biases, kernels of a channel.
    static let vector = Rule(0, 0, -1)
    /// A growing axis to a growing axis of the same growth.
    static let hidden = Rule(.half, 1, 0)
    /// One growing axis, which is summed.
    static let output = Rule(1, 1, 1)
    static let scalar = Rule(0, 0, 0)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var name: String, options: [String: String], rules: [(String, Rule)], multipliers: [String: Rational] = [:]
    var testDescription: String { name + " \(options.sorted { $0.key < $1.key })" }
  }

  /// The first name that a weight's name ends in decides.
  static let cases = [
    Case(
      name: "depthwise", options: [:],
      rules: [("stem", .vector), ("depthwise", .vector), ("pointwise", .hidden), ("readout", .output)]),
    // A weight for each mode: one more fixed axis.
    Case(
      name: "fourier", options: [:],
      rules: [
        ("lift", .vector), ("real", .hidden), ("imaginary", .hidden), ("bypass", .hidden), ("readout", .output),
      ]),
    Case(
      name: "gcn", options: [:],
      rules: [("layers.0", .vector), ("layers.1", .hidden), ("readout", .output)]),
    Case(
      name: "gru", options: [:],
      rules: [("input", .vector), ("bias", .vector), ("recurrent", .hidden), ("readout", .output)]),
    Case(
      name: "lstm", options: [:],
      rules: [("input", .vector), ("bias", .vector), ("recurrent", .hidden), ("readout", .output)]),
    // All of a channel's own are vector-like, although they have two axes.
    Case(
      name: "ssm", options: [:],
      rules: [
        ("decay", .vector), ("ssm.input", .vector), ("ssm.output", .vector), ("skip", .vector), ("in", .vector),
        ("mix", .hidden), ("readout", .output),
      ]),
    // Of n states, the output's weights are a readout of their own for each channel; what is before them is n times
    // smaller a gradient still.
    Case(
      name: "ssm", options: ["state": "n"],
      rules: [
        ("decay", Rule(0, 0, -2)), ("ssm.input", Rule(0, 0, -2)), ("ssm.output", Rule(1, 1, 0)), ("skip", .vector),
        ("in", .vector), ("mix", .hidden), ("readout", .output),
      ]),
    Case(
      name: "squeeze-excite", options: [:],
      rules: [
        ("stem", .vector), ("conv", .hidden), ("down", .hidden), ("up", .hidden), ("readout", .output),
      ]),
    // A finite bottleneck.
    Case(
      name: "squeeze-excite", options: ["squeezed": "4"],
      rules: [
        ("stem", .vector), ("conv", .hidden), ("down", .output), ("up", .vector), ("readout", .output),
      ]),
    Case(
      name: "moe", options: [:],
      rules: [
        ("in", .vector), ("router", .output), ("up", .hidden), ("down", .hidden), ("readout", .output),
      ]),
    Case(
      name: "moe", options: ["top": "1"],
      rules: [
        ("in", .vector), ("router", .output), ("up", .hidden), ("down", .hidden), ("readout", .output),
      ]),
    // n gates of size 1/n: experts' gradients are n times smaller, their sizes as before; the router is a hidden
    // weight.
    Case(
      name: "moe", options: ["experts": "n/16"],
      rules: [
        ("in", .vector), ("router", .hidden), ("up", Rule(.half, 1, -1)), ("down", Rule(.half, 1, -1)),
        ("readout", .output),
      ]),
    // Experts of a fixed size: their sum over n experts with gates 1/n.
    Case(
      name: "moe", options: ["experts": "n", "hidden": "4"],
      rules: [
        ("in", .vector), ("router", .hidden), ("up", .hidden), ("down", Rule(-.half, 0, -2)), ("readout", .output),
      ]),
    Case(
      name: "autoencoder", options: ["depth": "3"],
      rules: [("layers.0", .vector), ("layers.1", .hidden), ("layers.2", .hidden)], multipliers: ["scale": -1]),
    Case(
      name: "bilinear", options: [:],
      rules: [("left", .vector), ("right", .vector), ("product", Rule(1, 2, 1)), ("readout", .output)]),
    Case(
      name: "bilinear", options: ["pairwise": "true"],
      rules: [("left", .vector), ("right", .vector), ("product", Rule(1, 2, 1)), ("readout", .output)]),
    Case(
      name: "trilinear", options: [:],
      rules: [
        ("first", Rule(0, 0, -.half)), ("second", Rule(0, 0, -.half)), ("third", Rule(0, 0, -.half)),
        ("product", Rule(Rational(3, 4), Rational(3, 2), .half)), ("readout", .output),
      ]),
    Case(
      name: "trilinear", options: ["pairwise": "true"],
      rules: [
        ("first", Rule(0, 0, -.half)), ("second", Rule(0, 0, -.half)), ("third", Rule(0, 0, -.half)),
        ("product", Rule(Rational(3, 4), Rational(3, 2), .half)), ("readout", .output),
      ]),
    // The generator meets code and features as one sum over both; its code is n^(1/2) entries.
    Case(
      name: "hypernetwork", options: ["code": "n^(1/2)"],
      rules: [
        ("in", .vector), ("embedding", .scalar), ("code", Rule(0, 0, -.half)),
        ("generator", Rule(Rational(3, 4), Rational(3, 2), .half)), ("readout", .output),
      ]),
    Case(
      name: "hypernetwork", options: [:],
      rules: [
        ("in", .vector), ("embedding", .scalar), ("code", .scalar), ("generator", .hidden), ("readout", .output),
      ]),
    // A Transformer: table 8 of Tensor Programs V, logits over d; patches are an input.
    Case(
      name: "vit", options: [:],
      rules: [
        ("embedding.patch", .vector), ("embedding.position", .vector), ("gain", .vector), ("bias", .vector),
        ("query", .hidden), ("key", .hidden), ("value", .hidden), ("attention.out", .hidden), ("up", .hidden),
        ("down", .hidden),
        ("readout", .output),
      ], multipliers: ["blocks.0.attention.scale": -1]),
    // The six maps of a condition are hidden ones, each by itself; they start at zero, as the readout does,
    // and their exponent b is that of what training makes of them.
    Case(
      name: "dit", options: ["depth": "2"],
      rules: [
        ("condition", .vector), ("patch", .vector), ("position", .vector), ("query", .hidden), ("key", .hidden),
        ("value", .hidden), ("attention.out", .hidden), ("up", .hidden), ("down", .hidden), ("readout", .output),
      ] + (0..<6).flatMap { [("modulation/\($0)", Rule(1, 1, 0)), ("modulation.bias/\($0)", .vector)] },
      multipliers: ["blocks.0.attention.scale": -1, "blocks.1.attention.scale": -1]),
    // The last layer of a tower is a hidden one, since what is compared grows; its product has a mean once it is trained.
    Case(
      name: "clip", options: [:],
      rules: [(".in", .vector), (".out", .hidden), ("temperature", .scalar)]),
    Case(
      name: "deeponet", options: [:],
      rules: [(".in", .vector), ("bias", .vector), (".out", .hidden)], multipliers: ["scale": -1]),
    // What a channel has of its own is vector-like; maps from all channels to a few numbers are readouts.
    Case(
      name: "mamba", options: [:],
      rules: [
        ("decay", .vector), ("rank", .output), ("step", .vector), ("bias", .vector), ("ssm.input", .output),
        ("ssm.output", .output), ("skip", .vector), ("in", .vector), ("mix", .hidden), ("readout", .output),
      ]),
    Case(
      name: "shifted-init", options: [:],
      rules: [("layers.0", .vector), ("layers.1", .hidden), ("layers.2", .hidden), ("readout", .output)],
      multipliers: ["layers.1.mean": -1, "layers.2.mean": -1]),
    Case(
      name: "shifted-init", options: ["tanh": "true"],
      rules: [("layers.0", .vector), ("layers.1", .hidden), ("layers.2", .hidden), ("readout", .output)],
      multipliers: ["layers.1.mean": -1, "layers.2.mean": -1]),
  ]

  @Test(arguments: cases, ["adam", "sgd"]) func exponents(_ network: Case, _ optimizer: String) throws {
    let program = try Architecture(named: network.name).program(network.options)
    let found = try program.maximalUpdate(optimizer: Optimizer(named: optimizer)).parametrization
    for weight in found.weights {
      let rule = try #require(network.rules.first { weight.name.hasSuffix($0.0) }, "\(weight.name)").1
      let expected = Exponents(b: rule.b, c: optimizer == "adam" ? rule.adam : rule.sgd)
      #expect(weight.exponents == expected, "\(weight.name)")
    }
    let multipliers = Dictionary(uniqueKeysWithValues: found.multipliers.map { ($0.name, $0.exponent) })
    #expect(multipliers == network.multipliers)
  }

  /// A mean of the size that the deviation has grows with features of nonzero mean.
  @Test func meanAsLargeAsDeviation() throws {
    let program = try Architecture.shiftedInit.program()
    var rules = try program.maximalUpdate(optimizer: .adam()).parametrization
    try rules.set("layers.1.mean=-1/2")
    let found = try program.classify(rules, optimizer: .adam())
    #expect(found.regime == .unstable)
    guard case .blowsUp(let value, _, let step, let exponent) = found.failure else {
      Issue.record("\(found)")
      return
    }
    #expect(value == "layers.1.out" || value.hasPrefix("%"))
    #expect(step == 0 && exponent == .half)
  }

  /// The few largest of a growing number have no size in powers of the width: said, not guessed.
  @Test func fewOfGrowing() throws {
    #expect(throws: ProgramError.self) { try Architecture.moe.program(["experts": "n", "top": "2"]) }
    #expect(throws: ProgramError.self) { try Architecture.moe.program(["experts": "4", "top": "5"]) }
  }

  /// A tensor met entry by entry meets itself in what came back through it: its squares have a mean.
  @Test func entriesMeetThemselves() throws {
    let (model, state) = (Dimension("model", growing: .n), Dimension("state", growing: .n))
    let classes = Dimension("classes", 10)
    let program = try Program("diagonal") { p in
      let x = tanh(Dense("in", to: model)(p.input("features", [.batch, Dimension("features", 64)])))
      let h = x * p.weight("B", [Axis(model), Axis(state)], .gaussian(Monomial()))
      let y = contract([h, p.weight("C", [Axis(model), Axis(state)], .gaussian(Monomial()))], to: x.axes)
      p.minimize(crossEntropy(Dense("readout", to: classes)(y), p.labels("label", below: classes)))
    }
    let rules = try program.maximalUpdate(optimizer: .adam())
    #expect(rules["B"]?.exponents == Exponents(b: 0, c: 0))
    #expect(rules["C"]?.exponents == Exponents(b: 1, c: 1))
  }
}

import Exact
import Scaling
import Testing

@testable import Gallery
@testable import TensorPrograms

/// A row of tables 3, 8 and 9 of Tensor Programs V (2203.03466): (a, b, c) of input weights and biases, of output
/// weights and of hidden ones, under SGD and under Adam.
private struct PublishedGauge: CustomTestStringConvertible {
  var gauge: Gauge
  var a: [Rational]
  var b: [Rational]
  var sgd: [Rational]
  var adam: [Rational]
  var testDescription: String { gauge.name }

  static let half = Rational.half
  static let all = [
    PublishedGauge(gauge: .multiplierFree, a: [0, 0, 0], b: [0, 1, half], sgd: [-1, 1, 0], adam: [0, 1, 1]),
    PublishedGauge(gauge: .table8, a: [0, 1, 0], b: [0, 0, half], sgd: [-1, -1, 0], adam: [0, 0, 1]),
    PublishedGauge(
      gauge: .table9, a: [-half, half, 0], b: [half, half, half], sgd: [0, 0, 0], adam: [half, half, 1]),
  ]
}

@Suite struct GaugeTests {
  /// Which column of the tables a weight of the gallery belongs to, by its name: known here, unknown to what is tested.
  private func column(_ name: String) -> Int {
    if name == "readout" { return 1 }
    let isMatrix =
      name.contains("attention.") || name.contains("mlp.") || name.contains("conv")
      || (name.hasPrefix("layers.") && !name.hasSuffix("bias") && name != "layers.0")
    return isMatrix ? 2 : 0
  }

  @Test(arguments: PublishedGauge.all, ["mlp", "gpt", "resnet"])
  fileprivate func tables(_ table: PublishedGauge, _ network: String) throws {
    let program = try Architecture(named: network).program(network == "mlp" ? ["biases": "true"] : [:])
    for (optimizer, rates) in [(Optimizer.sgd, table.sgd), (.momentum(), table.sgd), (.adam, table.adam)] {
      let rules = try program.maximalUpdate(optimizer: optimizer).inGauge(table.gauge)
      for rule in rules.parametrization.weights where rule.name != "readout.bias" {
        let k = column(rule.name)
        #expect(
          rule.exponents == Exponents(a: table.a[k], b: table.b[k], c: rates[k]),
          "\(network) \(optimizer.name) \(rule.name)")
      }
      #expect(rules.gauge == table.gauge.name)
    }
  }

  /// A tied weight is in the columns of both its uses; its readout's multiplier stays where it is.
  @Test func tied() throws {
    let rules = try Architecture.gpt.program(["tied": "true"]).maximalUpdate(optimizer: .adam)
    for gauge in Gauge.all {
      let moved = try rules.inGauge(gauge)
      #expect(moved.parametrization.multipliers.map(\.exponent) == rules.parametrization.multipliers.map(\.exponent))
      let (before, after) = (try rules.rule("embedding.token").exponents, try moved.rule("embedding.token").exponents)
      #expect(GaugeInvariants(before, degree: 0) == GaugeInvariants(after, degree: 0))
    }
    #expect(try rules.inGauge(.table8).rule("embedding.token").exponents == Exponents(a: 0, b: 0, c: 0))
  }

  /// u-muP's table (2407.17465): multipliers 1, 1/sqrt(fan-in), 1/fan-in; rates 1, 1/sqrt(fan-in), 1 under Adam, the
  /// embedding's apart, which it sets by experiment.
  @Test func unitScaling() throws {
    let rules = try Architecture.mlp.program().maximalUpdate(optimizer: .adam).inGauge(.unitScaling)
    #expect(rules["layers.0"]?.exponents == Exponents(a: 0, b: 0, c: 0))
    #expect(rules["layers.1"]?.exponents == Exponents(a: .half, b: 0, c: .half))
    #expect(rules["readout"]?.exponents == Exponents(a: 1, b: 0, c: 0))
    let ntk = try Architecture.mlp.program().maximalUpdate(optimizer: .adam).inGauge(.ntk)
    #expect(ntk.parametrization.weights.map(\.exponents) == rules.parametrization.weights.map(\.exponents))
  }

  /// Norms of weights and updates (2310.17813) for both optimizers, and the rates as powers of the fans.
  @Test func spectral() throws {
    for optimizer in [Optimizer.sgd, .adam] {
      let rules = try Architecture.gpt.program().maximalUpdate(optimizer: optimizer).inGauge(.spectral)
      for norms in try rules.spectralNorms() {
        #expect(norms.update == norms.condition, "\(norms.name)")
        if norms.name.hasSuffix("bias") || norms.name.hasSuffix("gain") { continue }
        // The readout starts smaller or equal: the factor min(1, sqrt(fan-out/fan-in)).
        #expect(norms.initial == norms.condition, "\(norms.name)")
      }
      let powers = try #require(try rules.rateAsPowersOfFans())
      #expect(powers == (optimizer.name == "SGD" ? (out: 1, in: -1) : (out: 0, in: -1)))
    }
  }

  /// A network cannot tell gauges apart: the same regime, and the same r of each layer.
  @Test(arguments: [Optimizer.sgd, .momentum(), .adam, .adamW()]) func classification(_ optimizer: Optimizer) throws {
    for network in ["mlp", "gpt", "resnet"] {
      let program = try Architecture(named: network).program(network == "mlp" ? ["biases": "true"] : ["depth": "1"])
      let law = try program.gaugeLaw(optimizer: optimizer)
      for start in [try program.maximalUpdate(optimizer: optimizer).parametrization, .standard(program)] {
        let plain = try program.classify(start, optimizer: optimizer)
        for gauge in Gauge.all {
          let moved = try program.classify(start.inGauge(gauge, under: law), optimizer: optimizer)
          #expect(moved.regime == plain.regime && moved.r == plain.r, "\(network) \(gauge.name)")
          #expect(moved.layers.map(\.r) == plain.layers.map(\.r), "\(network) \(gauge.name)")
        }
      }
    }
  }

  /// Any gauge leads back, and its invariants stay.
  @Test func thereAndBack() throws {
    let program = try Architecture.gpt.program(["depth": "1"])
    for optimizer in [Optimizer.sgd, .adam] {
      let law = try program.gaugeLaw(optimizer: optimizer)
      let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
      for gauge in Gauge.all {
        let moved = try rules.inGauge(gauge, under: law)
        for (before, after) in zip(rules.weights, moved.weights) {
          let degree = law.degree(of: before.name)
          #expect(
            GaugeInvariants(before.exponents, degree: degree) == GaugeInvariants(after.exponents, degree: degree))
        }
        #expect(
          try moved.inGauge(.multiplierFree, under: law).weights.map(\.exponents) == rules.weights.map(\.exponents))
      }
    }
  }

  @Test func unknownName() {
    #expect(throws: ScalingError.unknownGauge("table7", known: Gauge.all.map(\.name))) { try Gauge(named: "table7") }
    #expect(throws: Never.self) { try Gauge(named: "table3") }
  }
}

/// The degree of a step is found from its program, in the gradient and in the weight together.
@Suite struct GaugeLawTests {
  private func degree(_ optimizer: Optimizer) throws -> Rational? {
    let law = try Architecture.mlp.program().gaugeLaw(optimizer: optimizer)
    let found = Set(law.weights.map(\.degree))
    #expect(found.count == 1, "\(optimizer.name) \(found)")
    return law.weights[0].degree
  }

  private func norm(_ x: Value) -> Value { map(.sqrt, sum(map(.square, x), over: x.axes)) }

  @Test func known() throws {
    #expect(try degree(.sgd) == 1)
    #expect(try degree(.momentum()) == 1)
    #expect(try degree(.adam) == 0)
    #expect(try degree(.adamW()) == 0)
  }

  /// In proportion to the weight's norm (LARS, 1708.03888): the rate does not move.
  @Test func relativeToTheWeight() throws {
    let lars = Optimizer("relative", defaultRate: 0.1) { [self] s in
      s.weight - s.rated(s.gradient * (norm(s.weight) / norm(s.gradient)))
    }
    #expect(try degree(lars) == -1)
    let program = try Architecture.mlp.program()
    let rules = try program.maximalUpdate(optimizer: lars)
    for gauge in Gauge.all {
      #expect(
        try rules.inGauge(gauge).parametrization.weights.map(\.exponents.c)
          == rules.parametrization.weights.map(\.exponents.c))
    }
  }

  @Test func otherPowers() throws {
    let cubic = Optimizer("cubic", defaultRate: 0.1) { s in
      s.weight - s.rated(s.gradient * map(.square, s.gradient))
    }
    #expect(try degree(cubic) == 3)
    let inverse = Optimizer("inverse", defaultRate: 0.1) { [self] s in
      s.weight - s.rated(s.gradient / sum(map(.square, s.gradient), over: s.gradient.axes) * norm(s.weight))
    }
    #expect(try degree(inverse) == -2)
  }

  /// Decay through the gradient adds what grows to what shrinks; a saturating step has no degree either.
  @Test func notHomogeneous() throws {
    let coupled = Optimizer("coupled decay", defaultRate: 0.1) { s in
      s.weight - s.rated(s.gradient + 0.01 * s.weight)
    }
    let saturating = Optimizer("saturating", defaultRate: 0.1) { s in s.weight - s.rated(map(.tanh, s.gradient)) }
    for optimizer in [coupled, saturating] {
      #expect(try degree(optimizer) == nil, "\(optimizer.name)")
      let program = try Architecture.mlp.program()
      let law = try program.gaugeLaw(optimizer: optimizer)
      let standard = Parametrization.standard(program)
      #expect(throws: ScalingError.noOtherGauge(weight: "layers.1", optimizer: optimizer.name)) {
        try standard.inGauge(.ntk, under: law)
      }
      // Where it is already, it can stay.
      #expect(throws: Never.self) { try standard.inGauge(.multiplierFree, under: law) }
    }
  }

  /// The gradients of w in each gauge, which epsilon must follow, as Published.md of the papers has them: table 3
  /// n^-1, n^-1, 1; table 8 n^-1 for all; table 9 n^-1/2, n^-1, n^-1/2 (input, hidden, output).
  @Test func epsilons() throws {
    let rules = try Architecture.mlp.program(["depth": "2"]).maximalUpdate(optimizer: .adam)
    let expected: [(Gauge, [Rational])] = [
      (.multiplierFree, [-1, -1, 0]), (.table8, [-1, -1, -1]), (.table9, [Rational(-1, 2), -1, Rational(-1, 2)]),
      (.ntk, [-1, Rational(-3, 2), -1]),
    ]
    for (gauge, gradients) in expected {
      let moved = try rules.inGauge(gauge)
      #expect(moved.parametrization.weights.map { moved.gradient(of: $0.name) } == gradients, "\(gauge.name)")
      #expect(try moved.epsilons() == gradients.map { [$0] }, "\(gauge.name)")
    }
    let sgd = try Architecture.mlp.program().maximalUpdate(optimizer: .sgd)
    #expect(try sgd.epsilons().allSatisfy(\.isEmpty))
  }

  /// Decay follows the gauge where the rate multiplies it, and where it passes for a gradient.
  @Test func decays() throws {
    func decays(_ optimizer: Optimizer) throws -> [[Rational]] {
      try Architecture.mlp.program(["depth": "1"]).gaugeLaw(optimizer: optimizer).weights.map(\.decays)
    }
    #expect(try decays(.adamW()) == [[1], [1]])
    #expect(try decays(.adamWIndependent()) == [[0], [0]])
    #expect(try decays(.sgd) == [[], []])
    let inside = Optimizer("inside", defaultRate: 0.1) { s in
      s.weight - s.rated(s.decay + s.gradient / map(.sqrt, map(.square, s.gradient)))
    }
    #expect(try decays(inside) == [[1], [1]])
    let penalty = Optimizer("penalty", defaultRate: 0.1) { s in s.weight - s.rated(s.gradient + 0.5 * s.decay) }
    #expect(try decays(penalty) == [[2], [2]])
    #expect(try degree(penalty) == 1)
  }

  /// A step that all gradients decide together has no gauge of its own for one weight.
  @Test func together() throws {
    let joint = Optimizer("joint", defaultRate: 0.1) { s in
      s.weight - s.rated(s.gradient / map(.sqrt, s.globalNormSquared))
    }
    #expect(try degree(joint) == nil)
  }

  /// A step that divides by the layer's inputs sees what no gauge changes.
  @Test func inputs() throws {
    let n = Dimension("model", growing: .n)
    let program = try Program("line") { p in
      let y = Dense("readout", to: Dimension("outputs", 3))(p.input("x", [.batch, n]))
      p.minimize(mean(map(.square, y)))
    }
    let scaled = Optimizer("scaled", defaultRate: 0.1) { [self] s in
      s.weight - s.rated(s.uses.first.map { s.gradient / norm($0.inputs[0]) } ?? s.gradient)
    }
    #expect(try program.gaugeLaw(optimizer: scaled).weights.map(\.degree) == [1])
  }

  /// A guard on the square moves twice as far.
  @Test func epsilonOnASquare() throws {
    let squared = Optimizer("guarded square", defaultRate: 0.1) { s in
      s.weight - s.rated(s.gradient / map(.sqrt, guarded(map(.square, s.gradient), epsilon: 1e-16)))
    }
    let rules = try Architecture.mlp.program(["depth": "2"]).maximalUpdate(optimizer: squared)
    #expect(try rules.inGauge(.table8).epsilons() == [[-2], [-2], [-2]])
    #expect(try rules.gaugeLaw().weights.map(\.guards) == [[2], [2], [2]])
  }

  /// Fans are read off the program: what is summed where the weight meets data.
  @Test func fans() throws {
    let n = Dimension("model", growing: .n)
    let classes = Dimension("classes", 10)
    let program = try Program("fans") { p in
      let x = tanh(Dense("in", to: n, bias: true)(p.input("x", [.batch, Dimension("features", 64)])))
      let w = p.weight("normed", [n.prime, Axis(n)], .gaussian(Monomial()))
      let unit = w / map(.sqrt, sum(map(.square, w), over: [Axis(n)]))
      let h = rename(contract([unit, x], to: [Axis(.batch), n.prime]), n.prime, to: Axis(n))
      let gain = p.weight("gain", [Axis(n)], .constant(1))
      p.minimize(crossEntropy(Dense("readout", to: classes)(gain * h), p.labels("y", below: classes)))
    }
    let fans = Dictionary(uniqueKeysWithValues: program.weights.map { (program[$0.id].name, program.fan(of: $0.id)) })
    #expect(fans["in"] == Fan(in: 0, out: 1))
    #expect(fans["in.bias"] == Fan(in: 0, out: 1))
    #expect(fans["normed"] == Fan(in: 1, out: 1))
    #expect(fans["gain"] == Fan(in: 0, out: 1))
    #expect(fans["readout"] == Fan(in: 1, out: 0))
  }
}

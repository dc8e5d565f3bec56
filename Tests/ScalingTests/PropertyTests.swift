import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing

/// What holds of every program, over random ones: dense layers, residual branches, gates, norms, bottlenecks.
@Suite struct PropertyTests {
  /// Derived exponents, taken literally, neither blow up nor freeze: the loss changes, and features do. By day few: the
  /// same is asked of other random programs.
  @Test(arguments: Nightly.choose(daily: 0..<10, nightly: 0..<40) as Range<Int>) func derivedIsMaximal(seed: Int) throws
  {
    let program = try RandomNetwork.make(seed: UInt64(seed))
    for optimizer in [Optimizer.sgd, .adam()] {
      let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
      let found = try program.classify(rules, optimizer: optimizer)
      #expect(found.regime == .featureLearning, "\(optimizer.name) \(found)\n\(program.text)")
      // Larger is unstable: any one rate, raised by a power of width, makes something grow.
      for k in rules.weights.indices {
        var larger = rules
        larger.weights[k].exponents.c -= .half
        let moved = try program.classify(larger, optimizer: optimizer)
        #expect(
          !moved.isStable, "\(optimizer.name): a larger rate of \(rules.weights[k].name) is free\n\(program.text)")
      }
    }
  }

  /// A step of degree p in the gradient does not see (a, b, c) -> (a + t, b - t, c - (1 + p) t).
  @Test(arguments: 0..<12) func gaugeInvariance(seed: Int) throws {
    let program = try RandomNetwork.make(seed: UInt64(seed))
    for (optimizer, p) in [(Optimizer.sgd, Rational(1)), (.adam(), Rational(0))] {
      let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
      var moved = rules
      for k in moved.weights.indices {
        let t = Rational(k % 5 - 2, 2)
        moved.weights[k].exponents.a += t
        moved.weights[k].exponents.b -= t
        moved.weights[k].exponents.c -= (1 + p) * t
      }
      let (first, second) = (
        try program.classify(rules, optimizer: optimizer), try program.classify(moved, optimizer: optimizer)
      )
      #expect(first.regime == second.regime && first.r == second.r, "\(second)\n\(program.text)")
    }
  }

  /// The order of recording does not matter: a permutation of independent branches has the same rules.
  @Test func orderOfRecording() throws {
    func program(_ swapped: Bool) throws -> Program {
      let model = Dimension("model", growing: .n)
      let classes = Dimension("classes", 5)
      return try Program("branches") { p in
        let x = Dense("in", to: model)(p.input("x", [.batch, Dimension("features", 6)]))
        let branches = [{ Dense("a", to: model)(tanh(x)) }, { MLP("b", hidden: model)(LayerNorm("norm")(x)) }]
        let values = (swapped ? branches.reversed() : branches).map { $0() }
        p.minimize(
          crossEntropy(Dense("readout", to: classes)(tanh(values[0] + values[1])), p.labels("y", below: classes)))
      }
    }
    let (first, second) = (
      try program(false).maximalUpdate(optimizer: .adam()), try program(true).maximalUpdate(optimizer: .adam())
    )
    for rule in first.parametrization.weights {
      #expect(rule.exponents == second[rule.name]?.exponents, "\(rule.name)")
    }
  }
}

/// Random networks with a readout.
enum RandomNetwork {
  static func make(seed: UInt64) throws -> Program {
    var generator = SplitMix(seed: seed)
    let model = Dimension("model", growing: .n)
    let hidden = Dimension("hidden", growing: 4 * .n)
    let classes = Dimension("classes", 5)
    let features = Dimension("features", 6)
    let batch = Dimension("batch", 4)
    return try Program("random\(seed)") { p in
      var x = Dense("in", to: model)(p.input("x", [batch, features]))
      for layer in 0..<Int.random(in: 1...4, using: &generator) {
        let phi = [Nonlinearity.tanh, .relu, .gelu, .silu, .erf].randomElement(using: &generator) ?? .tanh
        let name = "l\(layer)"
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: x = Dense(name, to: model, bias: true)(map(phi, x))
        case 1: x = residual(x) { Dense(name, to: model)(map(phi, $0)) }
        case 2: x = residual(x) { MLP(name, hidden: hidden, phi)(LayerNorm(name + ".norm")($0)) }
        case 3: x = residual(x) { GLU(name, hidden: hidden, phi)(RMSNorm(name + ".norm")($0)) }
        case 4: x = Dense(name, to: model)(map(phi, LayerNorm(name + ".norm")(x)))
        case 5:
          x = residual(x) {
            tanh(Dense(name + ".b", to: model)(map(phi, Dense(name + ".a", to: Dimension("small", 3))($0))))
          }
        default: x = tanh(x) * map(phi, Dense(name, to: model)(x))
        }
      }
      p.minimize(crossEntropy(Dense("readout", to: classes)(map(.tanh, x)), p.labels("y", [batch], below: classes)))
    }
  }
}

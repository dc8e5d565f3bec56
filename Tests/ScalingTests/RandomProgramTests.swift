import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// What holds of every program, over random networks of all kinds of layers.
@Suite struct RandomProgramTests {
  static let seeds = 0..<20 as Range<UInt64>
  static let optimizers = [Optimizer.sgd, .adam()]

  /// Exponents by name, in a form that can be compared.
  private func exponents(_ rules: Parametrization) -> [String: [Rational]] {
    var result: [String: [Rational]] = [:]
    for rule in rules.weights { result[rule.name] = [rule.exponents.a, rule.exponents.b, rule.exponents.c] }
    for rule in rules.multipliers { result[rule.name] = [rule.exponent] }
    return result
  }

  /// The derived exponents, taken literally, neither blow up nor freeze, and no rate could be larger.
  ///
  /// Where gradients do not have their final size from the start, steps in proportion to them are only claimed to be
  /// stable: if gradients are smaller at first, as behind a bottleneck, such a step does not leave that saddle in finitely
  /// many steps; if they are larger, because something small is normalized, its rate is that of the first steps. Adam's mean of squares remembers larger
  /// ones, so that of Adam it is not claimed then that no rate could be larger.
  @Test(arguments: 0..<60 as Range<UInt64>) func derivedIsMaximal(seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    var random = SplitMix(seed: seed)
    for optimizer in Self.optimizers {
      let derived = try program.maximalUpdate(optimizer: optimizer)
      let rules = derived.parametrization
      let found = try program.classify(rules, optimizer: optimizer)
      let changing = derived.weights.filter { $0.transientEnds != nil }
      if derived.degree != 0, !changing.isEmpty {
        #expect(found.isStable, "\(optimizer.name) \(found)\n\(program.text)")
        continue
      }
      #expect(found.regime == .featureLearning, "\(optimizer.name) \(found)\n\(program.text)")
      if changing.contains(where: { !$0.beginsSmaller }) { continue }
      // Three of its weights, which are others for each seed.
      for k in Set((0..<3).map { _ in Int.random(in: rules.weights.indices, using: &random) }).sorted() {
        var larger = rules
        larger.weights[k].exponents.c -= Rational(1, 4)
        let moved = try program.classify(larger, optimizer: optimizer)
        #expect(
          !moved.isStable, "\(optimizer.name): a larger rate of \(rules.weights[k].name) is free\n\(program.text)")
      }
    }
  }

  /// Neither the order of recording nor names nor a way through the text decide anything.
  @Test(arguments: seeds) func answersAreOfTheNetworkAlone(seed: UInt64) throws {
    let plan = RandomPrograms(seed: seed)
    let program = try plan.program()
    for optimizer in Self.optimizers {
      let expected = exponents(try program.maximalUpdate(optimizer: optimizer).parametrization)
      let again = try program.maximalUpdate(optimizer: optimizer).parametrization
      #expect(exponents(again) == expected)
      let shuffled = try plan.program(shuffled: true).maximalUpdate(optimizer: optimizer).parametrization
      #expect(exponents(shuffled) == expected, "\(program.text)")
      let read = try Program(text: program.text)
      #expect(read.text == program.text)
      #expect(exponents(try read.maximalUpdate(optimizer: optimizer).parametrization) == expected)
      let renamed = exponents(
        try plan.program(shuffled: true, renamed: true).maximalUpdate(optimizer: optimizer).parametrization)
      var original: [String: [Rational]] = [:]
      for (name, value) in renamed { original[RandomPrograms.originalName(name)] = value }
      #expect(original == expected, "\(program.text)")
    }
  }

  /// What maximal updates look like does not depend on the optimizer: it changes rates only.
  @Test(arguments: seeds) func optimizersChangeRatesOnly(seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    let first = try program.maximalUpdate(optimizer: .sgd)
    for optimizer in [Optimizer.momentum(), .adam(), .adamW()] {
      let other = try program.maximalUpdate(optimizer: optimizer)
      for (a, b) in zip(first.parametrization.weights, other.parametrization.weights) {
        #expect(a.name == b.name && a.exponents.a == b.exponents.a && a.exponents.b == b.exponents.b)
      }
      #expect(first.parametrization.multipliers.map(\.exponent) == other.parametrization.multipliers.map(\.exponent))
      #expect(first.weights.map(\.updateSize) == other.weights.map(\.updateSize))
    }
  }

  /// A step of degree p in the gradient does not see (a, b, c) -> (a + t, b - t, c - (1 + p) t).
  @Test(arguments: seeds) func gaugesClassifyTheSame(seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    var random = SplitMix(seed: seed)
    for optimizer in Self.optimizers {
      let derived = try program.maximalUpdate(optimizer: optimizer)
      let p = try #require(derived.degree)
      // As derived, and with one rate too small: kernel-like and trivial answers must not move either.
      for slower in [Rational.zero, .half] {
        var rules = derived.parametrization
        rules.weights[Int.random(in: rules.weights.indices, using: &random)].exponents.c += slower
        var moved = rules
        for k in moved.weights.indices {
          let t = Rational(Int.random(in: -3...3, using: &random), 2)
          moved.weights[k].exponents.a += t
          moved.weights[k].exponents.b -= t
          moved.weights[k].exponents.c -= (1 + p) * t
        }
        let before = try program.classify(rules, optimizer: optimizer)
        let after = try program.classify(moved, optimizer: optimizer)
        #expect(
          before.regime == after.regime && before.r == after.r, "\(optimizer.name) \(before)\n\(after)\n\(program.text)"
        )
      }
    }
  }
}

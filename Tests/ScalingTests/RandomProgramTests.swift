import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing

/// What holds of every program, over random networks of all kinds of layers.
@Suite struct RandomProgramTests {
  static let seeds = Nightly.choose(daily: 0..<20, nightly: 0..<200) as Range<UInt64>
  static let optimizers = [Optimizer.sgd, .adam()]

  /// Seeds of which the rates derived for SGD are not stable: in the network of the first, a layer before a bottleneck
  /// of 3 units that is normalized grows as n^(1/4) after two updates.
  private static let unstable: Set<UInt64> = [118, 128]

  /// Exponents by name, in a form that can be compared.
  private func exponents(_ rules: Parametrization) -> [String: [Rational]] {
    var result: [String: [Rational]] = [:]
    for rule in rules.weights { result[rule.name] = [rule.exponents.a, rule.exponents.b, rule.exponents.c] }
    for rule in rules.multipliers { result[rule.name] = [rule.exponent] }
    return result
  }

  /// The derived exponents, taken literally, neither blow up nor freeze, and no rate could be larger.
  ///
  /// There are two exceptions, where gradients do not have their final size from the start. If some are smaller at
  /// first, as behind a bottleneck, a step in proportion to them may not leave that saddle in finitely many steps: it
  /// is stable, and only weights whose gradients begin smaller would bear a larger rate meanwhile. If some are larger,
  /// because something small is normalized, Adam's mean of squares remembers them, so that it is not claimed of Adam
  /// then that no rate could be larger.
  @Test(arguments: Nightly.choose(daily: 0..<40, nightly: 0..<200) as Range<UInt64>)
  func derivedIsMaximal(seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    var random = SplitMix(seed: seed)
    for optimizer in Self.optimizers {
      let derived = try program.maximalUpdate(optimizer: optimizer)
      let rules = derived.parametrization
      let found = try program.classify(rules, optimizer: optimizer)
      let smaller = Set(derived.weights.filter(\.beginsSmaller).map(\.name))
      withKnownIssue("gradients through something small that is normalized make the first updates too large") {
        #expect(found.isStable, "\(optimizer.name) \(found)\n\(program.text)")
      } when: {
        optimizer.name == "SGD" && Self.unstable.contains(seed)
      }
      let learns = found.regime == .featureLearning && found.layers.allSatisfy { $0.r == 0 }
      let isOnSaddle = derived.degree != 0 && !smaller.isEmpty && !learns
      #expect(learns || isOnSaddle, "\(optimizer.name) \(found)\n\(program.text)")
      let beginsLarger = derived.weights.contains { $0.transientEnds != nil && !$0.beginsSmaller }
      if derived.degree == 0, beginsLarger { continue }
      // By day three of its weights, which are others for each seed.
      let all = Array(rules.weights.indices)
      let chosen = Set((0..<3).map { _ in Int.random(in: all.indices, using: &random) }).sorted()
      for k in Nightly.choose(daily: chosen, nightly: all) {
        var larger = rules
        larger.weights[k].exponents.c -= Rational(1, 4)
        let moved = try program.classify(larger, optimizer: optimizer)
        let name = rules.weights[k].name
        #expect(
          !moved.isStable || isOnSaddle && smaller.contains(name),
          "\(optimizer.name): a larger rate of \(name) is free\n\(program.text)")
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

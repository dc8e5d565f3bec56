package import Exact
import Scaling
package import TensorPrograms

/// What a derivation says of a program, in a form that two programs can be compared in: exponents that no gauge changes, by
/// name.
package enum Answer: Sendable, Equatable {
  case derived(Rules)
  /// There is no maximal update parametrization, for this reason.
  case refused(String)
  /// Exponents were found, but the run under them says otherwise: no answer, for now.
  case unconfirmed(String)

  package struct Rules: Sendable, Equatable {
    package var weights: [String: Weight] = [:]
    /// The exponents of the free multipliers.
    package var multipliers: [String: Rational] = [:]
  }

  package struct Weight: Sendable, Hashable {
    /// The initial size is n to minus this, multiplier included.
    package var size: Rational
    /// The rate that it would have without a multiplier is n to minus this.
    package var rate: Rational
    /// The exponent of its accumulated update; nil if it gets none.
    package var update: Rational?

    package init(size: Rational, rate: Rational, update: Rational?) {
      (self.size, self.rate, self.update) = (size, rate, update)
    }

    /// The same weight as it must be where what uses it is multiplied by n^k, for a step of this degree in the gradient.
    package func followed(by k: Rational, degree: Rational) -> Weight {
      Weight(size: size + k, rate: rate + (1 + degree) * k, update: update.map { $0 - k })
    }
  }

  package var rules: Rules? { if case .derived(let rules) = self { rules } else { nil } }

  package var isUnconfirmed: Bool { if case .unconfirmed = self { true } else { false } }

  /// Two answers are the same if both are refused, for whatever reason, or all exponents are equal.
  package static func == (a: Answer, b: Answer) -> Bool {
    switch (a, b) {
    case (.refused, .refused), (.unconfirmed, .unconfirmed): true
    case (.derived(let a), .derived(let b)): a.weights == b.weights && a.multipliers == b.multipliers
    default: false
    }
  }
}

/// The optimizers that the laws are tried with, each with the degree of its step in the gradient.
package enum LawOptimizer: String, Sendable, CaseIterable {
  case sgd, adam

  package var optimizer: Optimizer { self == .sgd ? .sgd : .adam() }
  package var degree: Rational { self == .sgd ? 1 : 0 }
}

extension Program {
  /// Derives, and lets no refusal pass for an error of another kind.
  ///
  /// Throws ``ProgramError`` where the program itself is wrong.
  package func answer(_ optimizer: LawOptimizer, folding: Bool = true) throws -> Answer {
    do {
      let derivation = try maximalUpdate(optimizer: optimizer.optimizer, folding: folding)
      var rules = Answer.Rules()
      for (rule, facts) in zip(derivation.parametrization.weights, derivation.weights) {
        rules.weights[rule.name] = Answer.Weight(
          size: rule.exponents.a + rule.exponents.b, rate: (1 + optimizer.degree) * rule.exponents.a + rule.exponents.c,
          update: facts.updateSize)
      }
      for rule in derivation.parametrization.multipliers { rules.multipliers[rule.name] = rule.exponent }
      return .derived(rules)
    } catch let error as ScalingError {
      if case .unconfirmed = error { return .unconfirmed("\(error)") }
      return .refused("\(error)")
    }
  }
}

extension Answer {
  /// What differs between two answers, a line for each name.
  package func differences(from expected: Answer) -> [String] {
    switch (expected, self) {
    case (.refused, .refused), (.unconfirmed, .unconfirmed): return []
    case (.unconfirmed(let reason), _): return ["not confirmed before (\(reason)), now answered or refused"]
    case (_, .unconfirmed(let reason)): return ["answered or refused before, now not confirmed (\(reason))"]
    case (.refused(let reason), .derived): return ["refused before (\(reason)), now answered"]
    case (.derived, .refused(let reason)): return ["answered before, now refused (\(reason))"]
    case (.derived(let expected), .derived(let found)):
      var lines: [String] = []
      for name in Set(expected.weights.keys).union(found.weights.keys).sorted()
      where expected.weights[name] != found.weights[name] {
        lines.append("\(name): \(Self.text(found.weights[name])), not \(Self.text(expected.weights[name]))")
      }
      for name in Set(expected.multipliers.keys).union(found.multipliers.keys).sorted()
      where expected.multipliers[name] != found.multipliers[name] {
        let texts = [found, expected].map { $0.multipliers[name]?.asPowerOfWidth ?? "none" }
        lines.append("multiplier \(name): \(texts[0]), not \(texts[1])")
      }
      return lines
    }
  }

  private static func text(_ weight: Weight?) -> String {
    guard let weight else { return "no such weight" }
    return "size \((-weight.size).asPowerOfWidth), rate \((-weight.rate).asPowerOfWidth), update "
      + (weight.update?.asPowerOfWidth ?? "none")
  }
}

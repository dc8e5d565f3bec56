import Exact
import TensorPrograms
import TestSupport

extension Transform {
  /// Powers of the width put in, by which the answer moves.
  static let factors: [Transform] = [
    Transform(named: "a power of n follows a weight") { program, answer, optimizer, random in
      guard let dimension = program.growingDimension,
        let chosen = program.weights.randomElement(using: &random)
      else { return nil }
      let k = Self.powers.randomElement(using: &random) ?? 1
      let other = try program.rewritten { place in
        place.index == chosen.id.index ? scale(place.same(), by: .power(k, of: dimension)) : nil
      }
      let name = program[chosen.id].name
      guard case .derived(var rules) = answer, let weight = rules.weights[name] else {
        return Rewritten(program: other, expected: answer)
      }
      rules.weights[name] = weight.followed(by: k, degree: optimizer.degree)
      // Nothing moves the rate of a weight that gets no update.
      if weight.update == nil { rules.weights[name]?.rate = weight.rate }
      return Rewritten(program: other, expected: .derived(rules))
    },
    Transform(named: "a power of n follows a free multiplier") { program, answer, _, random in
      guard let dimension = program.growingDimension,
        let chosen = program.multipliers.randomElement(using: &random)
      else { return nil }
      let k = Self.powers.randomElement(using: &random) ?? 1
      let other = try program.rewritten { place in
        place.index == chosen.site.index ? scale(place.same(), by: .power(k, of: dimension)) : nil
      }
      guard case .derived(var rules) = answer, let exponent = rules.multipliers[chosen.name] else {
        return Rewritten(program: other, expected: answer)
      }
      rules.multipliers[chosen.name] = exponent - k
      return Rewritten(program: other, expected: .derived(rules))
    },
    Transform(named: "the loss is multiplied by a power of n") { program, answer, optimizer, random in
      guard let dimension = program.growingDimension, let loss = program.loss else { return nil }
      let k = Self.powers.randomElement(using: &random) ?? 1
      let other = try program.rewritten { place in
        place.index == loss.index ? scale(place.same(), by: .power(k, of: dimension)) : nil
      }
      guard case .derived(var rules) = answer else { return Rewritten(program: other, expected: answer) }
      for (name, weight) in rules.weights where weight.update != nil {
        rules.weights[name]?.rate = weight.rate + optimizer.degree * k
      }
      return Rewritten(program: other, expected: .derived(rules))
    },
  ]

  private static let powers: [Rational] = [-1, Rational(-1, 2), Rational(1, 2), 1]
}

extension Monomial {
  /// n^k but for a constant, as a power of a dimension that grows.
  fileprivate static func power(_ k: Rational, of dimension: Dimension) -> Monomial {
    Monomial(1, [(dimension, k / dimension.growth)])
  }
}

public import Exact
import Scaling
import TensorPrograms

/// One rule changed: an exponent moved by some amount.
public struct Mutation: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A weight's multiplier n^-a, initial size n^-b, and rate n^-c.
    case a, b, c
    /// A free multiplier, such as an attention scale.
    case multiplier
    case decay
    case epsilon
  }

  public var kind: Kind
  /// The weight, or the multiplier.
  public var name: String
  public var shift: Rational

  /// `readout.c + 1/4`.
  public var text: String {
    let what = kind == .multiplier ? name : "\(name).\(kind.rawValue)"
    return what + (shift < 0 ? " - \(-shift)" : " + \(shift)")
  }

  /// Every rule of a network moved by each of these amounts, up and down. Of a weight that starts at zero there is no initial
  /// size, and of one without a gradient no rate; where a weight has no use, nothing of it.
  static func all(_ derivation: Derivation, _ regularization: Regularization?, by amounts: [Rational]) -> [Mutation] {
    var rules: [(Kind, String)] = []
    for (weight, facts) in zip(derivation.parametrization.weights, derivation.weights) {
      guard facts.updateSize != nil else { continue }
      rules.append((.a, weight.name))
      if weight.initializer != .zero { rules.append((.b, weight.name)) }
      rules.append((.c, weight.name))
      if let regularization {
        if regularization.decay > 0, regularization.decayExponents[weight.name] != nil {
          rules.append((.decay, weight.name))
        }
        if regularization.epsilon != nil,
          regularization.epsilonExponents.keys.contains(where: { $0.weight == weight.name })
        {
          rules.append((.epsilon, weight.name))
        }
      }
    }
    rules += derivation.parametrization.multipliers.map { (.multiplier, $0.name) }
    return rules.flatMap { kind, name in
      amounts.flatMap { [Mutation(kind: kind, name: name, shift: $0), Mutation(kind: kind, name: name, shift: -$0)] }
    }
  }

  func apply(to check: inout CoordinateCheck) {
    switch kind {
    case .multiplier:
      for k in check.parametrization.multipliers.indices where check.parametrization.multipliers[k].name == name {
        check.parametrization.multipliers[k].exponent = check.parametrization.multipliers[k].exponent + shift
      }
    case .decay:
      let exponent = check.regularization?.decayExponents[name] ?? 0
      check.regularization?.decayExponents[name] = exponent + shift
    case .epsilon:
      for (owner, exponent) in check.regularization?.epsilonExponents ?? [:] where owner.weight == name {
        check.regularization?.epsilonExponents[owner] = exponent + shift
      }
    case .a, .b, .c:
      for k in check.parametrization.weights.indices where check.parametrization.weights[k].name == name {
        var exponents = check.parametrization.weights[k].exponents
        switch kind {
        case .a: exponents.a = exponents.a + shift
        case .b: exponents.b = exponents.b + shift
        default: exponents.c = exponents.c + shift
        }
        check.parametrization.weights[k].exponents = exponents
      }
    }
  }
}

public import Exact
import Foundation
public import TensorPrograms

/// The widths at which a constant epsilon is larger than the value that it is added to, so that it is no longer a mere
/// guard against division by zero: the step shrinks there as what it divides does.
public enum EpsilonReach: Sendable, Hashable {
  case above(Double)
  case below(Double)
  case everywhere
  case nowhere

  /// For a guarded value of size `size` (rms) at the width `base`, which is size (n/base)^exponent at width n and so
  /// equals epsilon at n = base (epsilon/size)^(1/exponent).
  ///
  ///     EpsilonReach(epsilon: 1e-8, size: 1e-5, exponent: -1, base: 256)    // above(256000)
  public init(epsilon: Double, size: Double, exponent: Rational, base: Int) {
    if epsilon <= 0 {
      self = .nowhere
    } else if size <= 0 {
      self = .everywhere
    } else if exponent.isZero {
      self = epsilon < size ? .nowhere : .everywhere
    } else {
      let width = Double(base) * pow(epsilon / size, 1 / exponent.double)
      self = exponent < 0 ? .above(width) : .below(width)
    }
  }
}

/// The exponent that one of an optimizer's epsilons must have.
public struct EpsilonExponent: Sendable, Hashable {
  public var owner: EpsilonOwner
  /// That of the value that epsilon is added to, in the steady state.
  public var exponent: Rational
}

extension Derivation {
  /// The exponents of ``epsilons()`` with the epsilons that they are of, in the order of ``Parametrization/weights``.
  public func epsilonExponents() throws -> [EpsilonExponent] {
    try zip(parametrization.weights, guardedExponents()).flatMap { rule, found in
      found.compactMap { owner, exponent in
        // A guard that several weights' steps see belongs to one of them.
        guard let owner, owner.weight == rule.name else { return nil }
        return EpsilonExponent(owner: owner, exponent: exponent)
      }
    }
  }
}

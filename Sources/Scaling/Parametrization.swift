public import Exact
import Foundation
public import TensorPrograms

/// The exponents of one weight: multiplier n^-a, initial standard deviation n^-b, learning rate n^-c (Tensor
/// Programs IV, 2011.14522, definition of abc-parametrizations).
public struct Exponents: Sendable, Hashable, Codable {
  public var a: Rational
  public var b: Rational
  public var c: Rational

  public init(a: Rational = 0, b: Rational, c: Rational) { (self.a, self.b, self.c) = (a, b, c) }
}

/// How every weight and every free multiplier of a program scales with width.
public struct Parametrization: Sendable {
  /// `maximal update`, `standard`, or the user's.
  public var name: String
  public var weights: [WeightRule]
  public var multipliers: [MultiplierRule]

  public init(name: String, weights: [WeightRule], multipliers: [MultiplierRule]) {
    (self.name, self.weights, self.multipliers) = (name, weights, multipliers)
  }

  public subscript(weight: String) -> WeightRule? { weights.first { $0.name == weight } }

  /// The rule of a weight, or an error that lists the known names.
  public func rule(_ weight: String) throws -> WeightRule {
    guard let found = self[weight] else { throw ProgramError.unknownWeight(weight, known: weights.map(\.name)) }
    return found
  }
}

/// The scaling of one weight.
public struct WeightRule: Sendable {
  public var name: String
  public var axes: [Axis]
  public var initializer: Initializer
  public var exponents: Exponents
  /// The exponent of the radius with which an optimizer perturbs the weight, if it does.
  public var radius: Rational = 0

  public init(name: String, axes: [Axis], initializer: Initializer, exponents: Exponents) {
    (self.name, self.axes, self.initializer, self.exponents) = (name, axes, initializer, exponents)
  }

  /// n^-c as a power of width.
  public var rate: Rational { -exponents.c }
  public var initialSize: Rational { -exponents.b }
  public var multiplier: Rational { -exponents.a }

  /// The factor on the learning rate at `width`, 1 at the base width.
  public func rate(at width: Int, base: Int) -> Double { power(rate, width, base) }

  /// The initial standard deviation (of a constant weight: its value) at `width`. At the base width it is the
  /// standard one.
  public func initial(at width: Int, base: Int) throws -> Double {
    switch initializer {
    case .zero: 0
    case .constant(let value): value * power(initialSize, width, base)
    case .gaussian(let deviation): try deviation.value(at: base) * power(initialSize, width, base)
    }
  }

  public func multiplier(at width: Int, base: Int) -> Double { power(multiplier, width, base) }

  /// The factor on a perturbation's radius at `width`, 1 at the base width.
  public func radius(at width: Int, base: Int) -> Double { power(radius, width, base) }
}

/// The scaling of one free multiplier: its value is n^exponent, and the standard one at the base width.
public struct MultiplierRule: Sendable {
  public var name: String
  public var standard: Monomial
  public var exponent: Rational

  public init(name: String, standard: Monomial, exponent: Rational) {
    (self.name, self.standard, self.exponent) = (name, standard, exponent)
  }

  public func value(at width: Int, base: Int) throws -> Double {
    try standard.value(at: base) * power(exponent, width, base)
  }
}

extension Parametrization {
  /// The standard parametrization as the program states it: initial sizes and multipliers with their declared powers
  /// of dimensions, one learning rate for all.
  public static func standard(_ program: Program) -> Parametrization {
    Parametrization(
      name: "standard",
      weights: program.weights.map { id, initializer, _ in
        let b: Rational =
          switch initializer {
          case .gaussian(let deviation): -deviation.growth
          default: .zero
          }
        return WeightRule(
          name: program[id].name, axes: program[id].axes, initializer: initializer,
          exponents: Exponents(b: b, c: 0))
      },
      multipliers: program.multipliers.map {
        MultiplierRule(name: $0.name, standard: $0.standard, exponent: $0.standard.growth)
      })
  }
}

extension Parametrization {
  /// The neural tangent parametrization (Jacot et al., 1806.07572): the standard initial sizes, but with their powers of
  /// the width in multipliers, so that weights start at size 1; one learning rate for all. Under SGD features stop moving
  /// as the width grows.
  public static func neuralTangent(_ program: Program) -> Parametrization {
    var found = Parametrization.standard(program)
    found.name = "neural tangent"
    for k in found.weights.indices {
      let size = found.weights[k].exponents.b
      found.weights[k].exponents = Exponents(a: size, b: 0, c: 0)
    }
    return found
  }
}

func power(_ exponent: Rational, _ width: Int, _ base: Int) -> Double {
  exponent.isZero ? 1 : pow(Double(width) / Double(base), exponent.double)
}

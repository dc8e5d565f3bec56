public import Exact
import Foundation

func _power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// A named dimension of tensors: fixed (batch, classes, a kernel's window) or growing with the width.
///
///     let model = Dimension("model", growing: .n)
///     let hidden = Dimension("hidden", growing: 4 * .n)
public struct Dimension: Sendable, Hashable {
  public var name: String
  public var size: Size

  public init(_ name: String, growing size: Size) {
    self.name = name
    self.size = size
  }

  public init(_ name: String, _ size: Int) {
    self.init(name, growing: .fixed(size))
  }

  public static func fixed(_ name: String, _ size: Int) -> Dimension { Dimension(name, size) }

  /// 64 examples.
  public static let batch = Dimension("batch", 64)

  /// The growth g: the size is Theta(n^g).
  public var growth: Rational { size.exponent }

  /// The same dimension under another index: `model'`, as in a matrix from `model` to `model`.
  public var prime: Axis { Axis(self, primes: 1) }
}

/// An axis of a tensor: a dimension, and which of its indices (`model`, `model'`, `model''`).
///
/// Two axes of one tensor are never equal; contraction sums over equal axes of its operands.
public struct Axis: Sendable, Hashable {
  public var dimension: Dimension
  public var primes: Int

  public init(_ dimension: Dimension, primes: Int = 0) {
    self.dimension = dimension
    self.primes = primes
  }

  public var growth: Rational { dimension.growth }
  public var name: String { dimension.name + String(repeating: "'", count: primes) }

  public static func == (a: Axis, b: Axis) -> Bool { a.primes == b.primes && a.dimension.name == b.dimension.name }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(dimension.name)
    hasher.combine(primes)
  }
}

extension [Axis] {
  /// `[batch, model]`.
  public var bracketed: String { "[" + map(\.name).joined(separator: ", ") + "]" }
}

/// A constant times powers of dimensions, such as the standard initialization `2^(1/2) pixels^(-1/2)`.
public struct Monomial: Sendable, Hashable {
  public var constant: Double
  public var powers: [Power]

  public struct Power: Sendable, Hashable {
    public var dimension: Dimension
    public var exponent: Rational
  }

  public init(_ constant: Double = 1, _ powers: [(Dimension, Rational)] = []) {
    self.constant = constant
    self.powers = powers.filter { !$0.1.isZero }.map { Power(dimension: $0.0, exponent: $0.1) }
  }

  public static func / (numerator: Double, denominator: Monomial) -> Monomial {
    Monomial(numerator / denominator.constant, denominator.powers.map { ($0.dimension, -$0.exponent) })
  }

  public func power(_ exponent: Rational) -> Monomial {
    Monomial(pow(constant, exponent.double), powers.map { ($0.dimension, $0.exponent * exponent) })
  }

  /// The product of the sizes of `dimensions`, to a power.
  public static func product(_ dimensions: [Dimension], power: Rational = 1) -> Monomial {
    Monomial(1, dimensions.map { ($0, power) })
  }

  /// The exponent in width.
  public var growth: Rational { powers.reduce(.zero) { $0 + $1.exponent * $1.dimension.growth } }

  /// The number at width `n`. Throws as ``Size/value(at:of:)`` does.
  public func value(at n: Int) throws -> Double {
    try powers.reduce(constant) {
      try $0 * pow(Double($1.dimension.size.value(at: n, of: $1.dimension.name)), $1.exponent.double)
    }
  }
}

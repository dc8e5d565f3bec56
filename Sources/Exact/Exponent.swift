/// An exponent of width inside the scale calculus: a small rational without storage of its own, since a derivation
/// copies millions. What leaves the calculus is a ``Rational``.
///
/// Exponents are sums of a few user-given ones. Should one leave the range of machine integers, it becomes the
/// largest there is, which no run settles at; the derivation then says so.
@frozen public struct Exponent: Sendable, Hashable, Comparable {
  @usableFromInline var numerator: Int64
  @usableFromInline var denominator: Int64

  @inlinable init(_ numerator: Int64, over denominator: Int64) {
    self.numerator = numerator
    self.denominator = denominator
  }

  @inlinable public static var zero: Exponent { Exponent(0, over: 1) }
  @inlinable public static var one: Exponent { Exponent(1, over: 1) }
  @inlinable public static var half: Exponent { Exponent(1, over: 2) }
  @inlinable static var beyond: Exponent { Exponent(1 << 40, over: 1) }

  public init(_ value: Rational) {
    guard let parts = value.machineParts, parts.numerator.magnitude < 1 << 30, parts.denominator < 1 << 30 else {
      self = .beyond
      return
    }
    self = Exponent.reduced(Int64(parts.numerator), Int64(parts.denominator))
  }

  public var rational: Rational { Rational(Int(numerator), Int(denominator)) }
  @inlinable public var isZero: Bool { numerator == 0 }
  /// Whether it left the range; its value means nothing then.
  @inlinable public var isBeyond: Bool { numerator.magnitude >= 1 << 30 }

  @usableFromInline static func reduced(_ numerator: Int64, _ denominator: Int64) -> Exponent {
    if denominator == 1 { return Exponent(numerator, over: 1) }
    var (a, b) = (numerator.magnitude, denominator.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = Int64(a == 0 ? 1 : a)
    let result = Exponent(numerator / divisor, over: denominator / divisor)
    return result.numerator.magnitude < 1 << 30 && result.denominator < 1 << 30 ? result : .beyond
  }

  @inlinable public static func + (a: Exponent, b: Exponent) -> Exponent {
    if a.denominator == 1, b.denominator == 1 {
      let sum = a.numerator + b.numerator
      return sum.magnitude < 1 << 30 ? Exponent(sum, over: 1) : .beyond
    }
    if a.isBeyond || b.isBeyond { return .beyond }
    if a.denominator == b.denominator { return reduced(a.numerator + b.numerator, a.denominator) }
    return reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
  }

  @inlinable public static prefix func - (a: Exponent) -> Exponent { Exponent(-a.numerator, over: a.denominator) }
  @inlinable public static func - (a: Exponent, b: Exponent) -> Exponent { a + (-b) }
  public static func * (a: Exponent, b: Exponent) -> Exponent {
    if a.isBeyond || b.isBeyond { return .beyond }
    return reduced(a.numerator * b.numerator, a.denominator * b.denominator)
  }
  public static func / (a: Exponent, b: Exponent) -> Exponent {
    b.numerator == 0
      ? .beyond
      : a
        * (b.numerator < 0 ? Exponent(-b.denominator, over: -b.numerator) : Exponent(b.denominator, over: b.numerator))
  }
  @inlinable public static func += (a: inout Exponent, b: Exponent) { a = a + b }
  @inlinable public static func -= (a: inout Exponent, b: Exponent) { a = a - b }

  @inlinable public static func < (a: Exponent, b: Exponent) -> Bool {
    a.denominator == b.denominator
      ? a.numerator < b.numerator : a.numerator * b.denominator < b.numerator * a.denominator
  }
}

extension Exponent: ExpressibleByIntegerLiteral {
  @inlinable public init(integerLiteral value: Int) { self.init(Int64(value), over: 1) }
}

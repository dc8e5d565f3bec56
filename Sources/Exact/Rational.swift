/// An exact rational number: the unit in which every exponent of width is stated.
///
/// Numerator and denominator are machine integers while they fit, and GMP's beyond that, so that no
/// operation ever rounds or overflows. Always in lowest terms, denominator positive.
///
///     Rational(1, 2) + Rational(1, 3)   // 5/6
public struct Rational: Sendable {
  @usableFromInline let small: (numerator: Int, denominator: Int)
  /// Set only when the value does not fit two machine integers.
  @usableFromInline let big: BigRational?

  @usableFromInline init(reduced numerator: Int, _ denominator: Int) {
    self.init((numerator, denominator), nil)
  }

  @usableFromInline init(_ small: (Int, Int), _ big: BigRational?) {
    self.small = small
    self.big = big
  }

  init(_ value: BigRational) {
    if let pair = value.machinePair {
      self.init(reduced: pair.numerator, pair.denominator)
    } else {
      self.init((0, 1), value)
    }
  }

  /// The whole number `value`.
  @inlinable public init(_ value: Int) { self.init(reduced: value, 1) }

  /// `numerator / denominator` in lowest terms. The denominator must not be zero.
  public init(_ numerator: Int, _ denominator: Int) {
    precondition(denominator != 0, "a rational number has a denominator other than zero")
    if denominator == 1 {
      self.init(reduced: numerator, 1)
    } else if numerator == .min || denominator == .min {
      self.init(BigRational(numerator).divided(by: BigRational(denominator)))
    } else {
      let divisor = Rational.greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
      let sign = denominator < 0 ? -1 : 1
      self.init(reduced: sign * numerator / divisor, sign * denominator / divisor)
    }
  }

  public static let zero = Rational(0)
  public static let one = Rational(1)
  public static let half = Rational(1, 2)

  /// The nearest Double, of two equally near ones that with an even last digit: rounded once, whatever the size of
  /// numerator and denominator. Infinite beyond the largest Double.
  public var double: Double {
    // Two numbers that are Doubles themselves: their quotient is rounded once.
    let exact = 1 << 53
    if big == nil, small.numerator.magnitude <= exact, small.denominator <= exact {
      return Double(small.numerator) / Double(small.denominator)
    }
    return promoted.double
  }

  /// Numerator and denominator where both fit machine integers.
  public var machineParts: (numerator: Int, denominator: Int)? { big == nil ? small : nil }

  public var isZero: Bool { big == nil && small.numerator == 0 }
  public var isInteger: Bool { big == nil ? small.denominator == 1 : !description.contains("/") }

  @usableFromInline static func greatestCommonDivisor(_ a: UInt, _ b: UInt) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a == 0 ? 1 : Int(a)
  }

  var promoted: BigRational { big ?? BigRational(small.numerator, small.denominator) }
}

extension Rational: AdditiveArithmetic, SignedNumeric {
  public init?<T: BinaryInteger>(exactly source: T) {
    guard let value = Int(exactly: source) else { return nil }
    self.init(value)
  }

  public var magnitude: Rational { self < .zero ? -self : self }

  public static func + (a: Rational, b: Rational) -> Rational {
    if a.big == nil, b.big == nil {
      if a.small.denominator == 1, b.small.denominator == 1 {
        let (sum, overflow) = a.small.numerator.addingReportingOverflow(b.small.numerator)
        if !overflow { return Rational(reduced: sum, 1) }
      }
      let (left, o1) = a.small.numerator.multipliedReportingOverflow(by: b.small.denominator)
      let (right, o2) = b.small.numerator.multipliedReportingOverflow(by: a.small.denominator)
      let (sum, o3) = left.addingReportingOverflow(right)
      let (denominator, o4) = a.small.denominator.multipliedReportingOverflow(by: b.small.denominator)
      if !(o1 || o2 || o3 || o4) { return Rational(sum, denominator) }
    }
    return Rational(a.promoted.adding(b.promoted))
  }

  public static prefix func - (a: Rational) -> Rational {
    if a.big == nil, a.small.numerator != .min {
      return Rational(reduced: -a.small.numerator, a.small.denominator)
    }
    return Rational(BigRational(-1).multiplied(by: a.promoted))
  }

  public static func - (a: Rational, b: Rational) -> Rational { a + (-b) }

  public static func * (a: Rational, b: Rational) -> Rational {
    if a.big == nil, b.big == nil {
      let (numerator, o1) = a.small.numerator.multipliedReportingOverflow(by: b.small.numerator)
      let (denominator, o2) = a.small.denominator.multipliedReportingOverflow(by: b.small.denominator)
      if !(o1 || o2) { return Rational(numerator, denominator) }
    }
    return Rational(a.promoted.multiplied(by: b.promoted))
  }

  public static func *= (a: inout Rational, b: Rational) { a = a * b }

  /// The quotient. Dividing by zero is a programmer's error; check `isZero` on what a user gave.
  public static func / (a: Rational, b: Rational) -> Rational {
    precondition(!b.isZero, "division of \(a) by zero")
    if b.big == nil, b.small.numerator != .min {
      let flipped =
        b.small.numerator < 0
        ? Rational(reduced: -b.small.denominator, -b.small.numerator)
        : Rational(reduced: b.small.denominator, b.small.numerator)
      return a * flipped
    }
    return Rational(a.promoted.divided(by: b.promoted))
  }
}

extension Rational: Comparable, Hashable, ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(value) }

  public static func == (a: Rational, b: Rational) -> Bool {
    switch (a.big, b.big) {
    case (nil, nil): a.small == b.small
    case (let x?, let y?): x.compare(y) == 0
    default: false
    }
  }

  public static func < (a: Rational, b: Rational) -> Bool {
    if a.big == nil, b.big == nil {
      if a.small.denominator == b.small.denominator { return a.small.numerator < b.small.numerator }
      let (left, o1) = a.small.numerator.multipliedReportingOverflow(by: b.small.denominator)
      let (right, o2) = b.small.numerator.multipliedReportingOverflow(by: a.small.denominator)
      if !(o1 || o2) { return left < right }
    }
    return a.promoted.compare(b.promoted) < 0
  }

  public func hash(into hasher: inout Hasher) {
    if let big {
      hasher.combine(big.description)
    } else {
      hasher.combine(small.numerator)
      hasher.combine(small.denominator)
    }
  }
}

extension Rational: LosslessStringConvertible, Codable {
  /// `3`, `-1/2`.
  public var description: String {
    if let big { return big.description }
    return small.denominator == 1 ? "\(small.numerator)" : "\(small.numerator)/\(small.denominator)"
  }

  /// Reads `3`, `-1/2`, `+2`, `0.5`; nil for anything else, a zero denominator included.
  public init?(_ text: String) {
    let trimmed = text.hasPrefix("+") ? String(text.dropFirst()) : text
    let body = trimmed.hasPrefix("-") ? trimmed.dropFirst() : trimmed[...]
    guard let first = body.utf8.first, first >= 48, first <= 57 else { return nil }
    if let dot = trimmed.firstIndex(of: ".") {
      let digits = trimmed[trimmed.index(after: dot)...]
      guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
        let value = BigRational(
          String(trimmed[..<dot]) + digits + "/1" + String(repeating: "0", count: digits.count))
      else { return nil }
      self.init(value)
    } else {
      guard body.utf8.allSatisfy({ ($0 >= 48 && $0 <= 57) || $0 == 47 }), let value = BigRational(trimmed)
      else { return nil }
      self.init(value)
    }
  }

  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let value = Rational(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "\"\(text)\" is not a rational number"))
    }
    self = value
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

public import Exact

/// The size of a dimension as a function of the width n: `coefficient * n^exponent`.
///
/// `64` is fixed; `n`, `4n`, `n/32`, `n^(1/2)` grow. The exponent is the dimension's growth g.
public struct Size: Sendable, Hashable {
  public var coefficient: Rational
  /// The growth g: the size is Theta(n^g). Zero for a fixed dimension.
  public var exponent: Rational

  public init(coefficient: Rational = 1, exponent: Rational) {
    self.coefficient = coefficient
    self.exponent = exponent
  }

  /// The width itself.
  public static let n = Size(exponent: 1)

  public static func fixed(_ size: Int) -> Size { Size(coefficient: Rational(size), exponent: 0) }

  public static func * (factor: Rational, size: Size) -> Size {
    Size(coefficient: factor * size.coefficient, exponent: size.exponent)
  }

  public static func / (size: Size, divisor: Rational) -> Size {
    Size(coefficient: size.coefficient / divisor, exponent: size.exponent)
  }

  /// `n` to a power: `Size.n.power(Rational(1, 2))`.
  public func power(_ exponent: Rational) -> Size { Size(coefficient: coefficient, exponent: self.exponent * exponent) }

  public var isFixed: Bool { exponent.isZero }

  /// The largest size that is accepted; a larger one is taken for a mistake.
  public static let largest = 1 << 31

  /// The size at width `n`. Roots are rounded to the nearest whole number.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if it is below 1, absurdly large, or a fraction.
  public func value(at n: Int, of dimension: String) throws -> Int {
    func fail(_ reason: String) -> ProgramError {
      .size(dimension: dimension, size: description, width: n, reason: reason)
    }
    guard n >= 1 else { throw fail("a width is at least 1") }
    let exact: Double
    if exponent.isInteger, exponent >= 0, exponent <= 8 {
      var product = coefficient
      for _ in 0..<Int(exponent.double) { product *= Rational(n) }
      guard product.isInteger else { throw fail("that is \(product), not a whole number; take another width") }
      exact = product.double
    } else {
      exact = (coefficient.double * _power(Double(n), exponent.double)).rounded()
    }
    guard exact >= 1 else { throw fail("that is less than 1") }
    guard exact <= Double(Size.largest) else { throw fail("that is more than \(Size.largest)") }
    return Int(exact)
  }
}

extension Size: LosslessStringConvertible, ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = .fixed(value) }

  /// `64`, `n`, `4n`, `n/32`, `3/2 n`, `n^(1/2)`.
  public var description: String {
    if isFixed { return coefficient.description }
    let power = exponent == 1 ? "n" : "n^\(exponent.parenthesized)"
    if coefficient == 1 { return power }
    if coefficient.isInteger { return coefficient.description + power }
    let inverse = 1 / coefficient
    return inverse.isInteger ? "\(power)/\(inverse)" : "\(coefficient) \(power)"
  }

  public init?(_ text: String) {
    let compact = text.filter { !$0.isWhitespace }
    guard let position = compact.firstIndex(of: "n") else {
      guard let number = Rational(compact), number > 0 else { return nil }
      self.init(coefficient: number, exponent: 0)
      return
    }
    var head = compact[..<position]
    var tail = compact[compact.index(after: position)...]
    if head.hasSuffix("*") { head = head.dropLast() }
    guard var coefficient = head.isEmpty ? Rational.one : Rational(String(head)), coefficient > 0 else { return nil }
    var exponent = Rational.one
    if tail.first == "^" {
      tail = tail.dropFirst()
      let digits: Substring
      if tail.first == "(" {
        guard let end = tail.firstIndex(of: ")") else { return nil }
        digits = tail[tail.index(after: tail.startIndex)..<end]
        tail = tail[tail.index(after: end)...]
      } else {
        digits = tail.prefix { $0 != "/" }
        tail = tail[digits.endIndex...]
      }
      guard let value = Rational(String(digits)), value >= 0 else { return nil }
      exponent = value
    }
    if tail.first == "/" {
      guard let divisor = Rational(String(tail.dropFirst())), divisor > 0 else { return nil }
      coefficient = coefficient / divisor
      tail = ""
    }
    guard tail.isEmpty else { return nil }
    self.init(coefficient: coefficient, exponent: exponent)
  }
}

extension Rational {
  /// `2`, `(-1/2)`: as an exponent is printed.
  public var parenthesized: String { isInteger && self >= 0 ? description : "(\(description))" }

  /// `1`, `n`, `n^(-1/2)`: n to this power.
  public var asPowerOfWidth: String {
    if isZero { return "1" }
    return self == 1 ? "n" : "n^\(parenthesized)"
  }
}

public import Exact

/// How a weight meets what it is multiplied with, by assumption instead of by the calculus: a sum over an axis of
/// growth g is worth n^(g * alignment), 1 for the law of large numbers and 1/2 for the central limit (Everett et al.,
/// 2407.05872, section 3).
///
///     Alignment.full      // alpha 1, omega 1/2, u 1
///     Alignment.none      // 1/2 each
public struct Alignment: Sendable, Hashable, Codable {
  /// The weight's update with what was there at initialization.
  public var alpha: Rational
  /// The initial weight with the change of what it meets.
  public var omega: Rational
  /// The weight's update with the change.
  public var u: Rational

  public init(alpha: Rational, omega: Rational, u: Rational) { (self.alpha, self.omega, self.u) = (alpha, omega, u) }

  public static let full = Alignment(alpha: 1, omega: Rational(1, 2), u: 1)
  public static let none = Alignment(alpha: Rational(1, 2), omega: Rational(1, 2), u: Rational(1, 2))

  /// Nil where nothing has been trained: the calculus knows that.
  func exponent(weight: Component.Origin, other: Component.Origin) -> Exponent? {
    switch (weight, other) {
    case (.initial, .initial): nil
    case (.update, .initial): Exponent(alpha)
    case (.initial, .update): Exponent(omega)
    case (.update, .update): Exponent(u)
    }
  }
}

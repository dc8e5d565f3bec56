public import Exact
public import TensorPrograms

/// What the calculus says of one named value after a number of updates.
public struct Prediction: Sendable {
  public var value: ValueID
  public var name: String
  /// Updates made so far; 0 is initialization.
  public var step: Int
  /// The exponent of what was there at initialization; nil if that is exactly zero.
  public var initial: Rational?
  /// The exponent of what training did; nil if nothing has reached the value.
  public var change: Rational?

  /// The exponent of the whole.
  public var size: Rational? { [initial, change].compactMap { $0 }.max() }
}

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

  /// The exponents of all its parts from initialization, largest first. At finite width smaller ones may still show.
  public var initialParts: [Rational] = []
  /// The exponents of all parts of what training did, largest first.
  public var changeParts: [Rational] = []
  /// Of a weight, where it first meets data: the exponents of what its own change brings to the value that is made there,
  /// (W_t - W_0) x_t, largest first.
  public var ownParts: [Rational] = []
  /// There, the exponents of what comes from below, W_0 (x_t - x_0), largest first.
  public var belowParts: [Rational] = []
  /// If what training did is in proportion to gradients that are means of sums over the width: its exponent where their
  /// fluctuations are larger still. Nil where there are none.
  public var fluctuation: Rational?
  /// The same for ``ownParts`` and ``belowParts``.
  public var ownFluctuation: Rational?
  public var belowFluctuation: Rational?

  /// The exponent of the whole.
  public var size: Rational? { [initial, change].compactMap { $0 }.max() }
}

extension Prediction {
  init(value: ValueID, name: String, step: Int, scale: Scale) {
    func parts(_ origin: Component.Origin) -> [Rational] {
      Set(scale.components.filter { $0.origin == origin }.map(\.exponent)).sorted(by: >).map(\.rational)
    }
    let (initial, change) = (parts(.initial), parts(.update))
    self.init(
      value: value, name: name, step: step, initial: initial.first, change: change.first, initialParts: initial,
      changeParts: change)
  }
}

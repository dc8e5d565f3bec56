import Foundation

/// How long a width will take, from those before it.
package struct TimeForecast {
  package init() {}

  private var measured: [(width: Double, seconds: Double)] = []

  package mutating func add(width: Int, seconds: Double) { measured.append((Double(width), max(seconds, 1e-6))) }

  /// Nil before the first measurement.
  ///
  /// The time grows as the power of the width that the last two show and a half more, since what grows fastest shows
  /// last; at least in proportion to the width, and at most as a product of square matrices does.
  package func seconds(at width: Int) -> Double? {
    guard let last = measured.last else { return nil }
    var power = 2.0
    if let before = measured.dropLast().last {
      power = log(last.seconds / before.seconds) / log(last.width / before.width) + 0.5
    }
    return last.seconds * pow(Double(width) / last.width, min(max(power, 1), 3))
  }
}

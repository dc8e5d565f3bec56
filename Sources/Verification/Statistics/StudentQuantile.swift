import Foundation

/// Quantiles of Student's t distribution, for intervals from few runs.
enum StudentT {
  /// The t that |T| exceeds with probability `1 - confidence`; infinite for no degrees of freedom.
  static func quantile(confidence: Double, degrees: Int) -> Double {
    guard degrees > 0 else { return .infinity }
    let tail = (1 - confidence) / 2
    var (low, high) = (0.0, 1.0)
    while upperTail(high, degrees) > tail { high *= 2 }
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if upperTail(middle, degrees) > tail { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(T > t) for t >= 0, by the finite sums for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
  static func upperTail(_ t: Double, _ degrees: Int) -> Double {
    // From here on the distribution is the normal one to all digits that matter.
    if degrees > 400 { return erfc(t / 2.squareRoot()) / 2 }
    let theta = atan2(t, Double(degrees).squareRoot())
    let square = cos(theta) * cos(theta)
    var inside: Double
    if degrees % 2 == 1 {
      var term = cos(theta)
      var sum = degrees > 1 ? term : 0
      for k in stride(from: 3, to: degrees, by: 2) {
        term *= square * Double(k - 1) / Double(k)
        sum += term
      }
      inside = 2 / .pi * (theta + sin(theta) * sum)
    } else {
      var term = 1.0
      var sum = 1.0
      for k in stride(from: 2, to: degrees, by: 2) {
        term *= square * Double(k - 1) / Double(k)
        sum += term
      }
      inside = sin(theta) * sum
    }
    inside = min(max(inside, 0), 1)
    return (1 - inside) / 2
  }
}

import Experiments
import Foundation

/// The part of a tensor that all seeds have in common.
///
/// A value without growing axes, such as logits, is a sum over the width: a mean, which all seeds share, of size 1 by the
/// law of large numbers, and fluctuations around it, of size n^(-1/2), in which seeds differ. Of k seeds with m entries each
///
///     shared^2 = sum over s != s' of <x_s, x_s'> / (k (k - 1) m)
///
/// is free of the second, so its slope is the mean's alone.
struct SharedPart: Sendable, Equatable {
  /// shared^2; by chance it may be below zero.
  let square: Double
  /// The standard error of shared^2, by leaving out each seed in turn.
  let error: Double
  /// shared^2 without each seed in turn.
  let squaresWithoutOne: [Double]

  /// Nil for fewer than three seeds, or if entries are not finite.
  init?(_ seeds: [[Float]]) {
    let (k, m) = (seeds.count, seeds.first?.count ?? 0)
    guard k >= 3, m > 0, seeds.allSatisfy({ $0.count == m }) else { return nil }
    var products = [[Double]](repeating: [Double](repeating: 0, count: k), count: k)
    for s in 0..<k {
      for r in s..<k {
        var sum = 0.0
        for (a, b) in zip(seeds[s], seeds[r]) { sum += Double(a) * Double(b) }
        guard sum.isFinite else { return nil }
        (products[s][r], products[r][s]) = (sum, sum)
      }
    }
    func mean(without left: Int?) -> Double {
      let kept = (0..<k).filter { $0 != left }
      let sum = kept.reduce(0) { total, s in kept.reduce(total) { $1 == s ? $0 : $0 + products[s][$1] } }
      return sum / Double(kept.count * (kept.count - 1) * m)
    }
    square = mean(without: nil)
    squaresWithoutOne = (0..<k).map { mean(without: $0) }
    let center = squaresWithoutOne.reduce(0, +) / Double(k)
    let spread = squaresWithoutOne.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    error = (spread * Double(k - 1) / Double(k)).squareRoot()
  }

  /// Whether there surely is one.
  var isThere: Bool { square > 3 * error && square > 0 }

  /// The fit to the shared parts at the widths where there surely is one; nil unless these are four or more, the largest
  /// among them.
  static func fit(_ widths: [Int], _ parts: [SharedPart?], seeds: Int) -> SlopeFit? {
    let there = zip(widths, parts).compactMap { width, part in
      part.flatMap { $0.isThere ? (width: width, part: $0) : nil }
    }
    guard there.count >= 4, let last = parts.last, last?.isThere == true else { return nil }
    let logarithms = there.map { $0.part.squaresWithoutOne.map { log2($0) / 2 } }
    if logarithms.allSatisfy({ $0.allSatisfy(\.isFinite) }) {
      return SlopeFit(paired: there.map(\.width), logarithms, factor: Double(seeds - 1))
    }
    let points = there.map { width, part in
      let error = part.error / (2 * part.square * M_LN2)
      return SlopeFit.Point(x: log2(Double(width)), y: log2(part.square) / 2, variance: error * error)
    }
    return SlopeFit(points, seedDegrees: points.count * (seeds - 1))
  }
}

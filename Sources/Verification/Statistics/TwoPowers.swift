import Experiments
import Foundation

/// Two powers of width fitted to a sample: the square of the mean over seeds as `A n^(2 upper) + B n^(2 lower)`, A and
/// B not negative.
///
/// A value is often a sum of two parts with known exponents: what was there at initialization and what training added,
/// or a mean over the width and its fluctuations. The slope then lies between the two at any finite width. Fitting the
/// parts with their predicted exponents says whether the larger power is there at all.
struct TwoPowers: Sendable, Equatable {
  /// The larger power's share of the square at the largest width.
  let share: Double
  /// The larger power's coefficient in units of its standard error.
  let significance: Double
  /// The sum of squared residuals in units of their errors, by degree of freedom.
  let misfit: Double
  let degreesOfFreedom: Int

  /// The relative error of a mean that is allowed besides that of the seeds, since no power law is exact at finite
  /// width.
  static let granted = 0.02

  /// Nil with fewer than four widths that have a positive mean, or fewer than two seeds.
  init?(_ sample: Sample, upper: Double, lower: Double) {
    var points: [(n: Double, square: Double, error: Double)] = []
    for (width, numbers) in zip(sample.widths, sample.numbers) where numbers.count > 1 {
      let count = Double(numbers.count)
      let mean = numbers.reduce(0, +) / count
      guard mean > 0, mean.isFinite else { return nil }
      let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count
      let relative = (variance / (mean * mean) + TwoPowers.granted * TwoPowers.granted).squareRoot()
      points.append((Double(width), mean * mean, 2 * mean * mean * relative))
    }
    guard points.count >= 4, upper > lower, let largest = points.map(\.n).max() else { return nil }
    // Widths relative to the largest keep the equations well conditioned.
    let rows = points.map { point in
      (
        u: power(point.n / largest, 2 * upper) / point.error, v: power(point.n / largest, 2 * lower) / point.error,
        y: point.square / point.error
      )
    }
    guard let fit = LeastSquares.twoParts(rows) else { return nil }
    share = fit.a / (fit.a + fit.b)
    significance = fit.a / fit.errorOfA
    degreesOfFreedom = points.count - 2
    misfit = fit.residual / Double(degreesOfFreedom)
  }

  /// Whether the larger power is present, makes at least half of the square at the largest width, and the two powers
  /// together fit the sample.
  var confirmsLarger: Bool { share >= 0.5 && significance >= 5 && misfit <= 4 }
}

private func power(_ base: Double, _ exponent: Double) -> Double { exp(exponent * log(base)) }

import Experiments
import Foundation

/// The best learning rate of one parametrization at one width, with its uncertainty.
///
/// It is the minimum of a parabola in log2 of the rate, fitted to the logarithm of the mean loss (the loss itself, if some
/// are not positive) over the rates within ``RateOptimum/window`` of the lowest, at least one on either side.
///
/// Two errors are stated. `seedError` is the standard error over seeds: the whole estimate, window and all, is made again
/// without each seed in turn (the jackknife). Of three or four seeds a bootstrap would draw the same few samples again and
/// again and be too narrow; Student's t with k - 1 degrees of freedom is made for this, and unlike the optima of single
/// seeds those of all but one exist where one seed's curve has no minimum. `shift` is not noise: a curve is steeper on the
/// side of large rates, which pulls a parabola's minimum to the small ones, even without noise. It is how far the minimum
/// of a cubic over one more rate on either side lies from the parabola's.
public struct RateOptimum: Sendable, Equatable, Codable {
  public enum Edge: String, Sendable, Codable {
    case lowest
    case highest
  }

  /// The binary logarithm of the best rate at the base width.
  public var log2Rate: Double
  /// The lowest mean loss that was measured. The parabola's own minimum would be lower, where a side is steep, than any run.
  public var score: Double
  /// Nil of one seed.
  public var seedError: Double?
  public var shift: Double
  /// Half the distance of neighbouring rates, where the next larger rate diverges and no parabola can be fitted; else 0.
  public var slack: Double
  /// Where the lowest loss is at the lowest or the highest rate of all: then this is no optimum, only a bound of it.
  public var edge: Edge?
  /// What `log2Rate` is without each seed in turn; empty of one seed.
  public var withoutOne: [Double]
  /// What `score` is without each seed in turn.
  public var scoreWithoutOne: [Double]

  /// How far from the lowest point a parabola is fitted, in octaves of the rate.
  public static let window = 0.5

  /// Nil if a run diverged at every rate.
  public init?(_ curve: RateCurve) {
    guard let best = Estimate(curve.log2Rates, curve.means) else { return nil }
    (log2Rate, score, shift, slack, edge) = (best.log2Rate, best.score, best.shift, best.slack, best.edge)
    let count = curve.seedCount
    let others = count < 2 ? [] : (0..<count).compactMap { Estimate(curve.log2Rates, curve.means(without: $0)) }
    withoutOne = others.map(\.log2Rate)
    scoreWithoutOne = others.map(\.score)
    seedError = Jackknife.error(withoutOne)
  }

  /// Half of the 95 % interval: Student's t times the error over seeds, and what the fit's shape leaves open; nil of one
  /// seed.
  public var halfWidth: Double? {
    seedError.map {
      StudentT.quantile(confidence: SlopeFit.supporting, degrees: withoutOne.count - 1) * $0 + shift.magnitude + slack
    }
  }

  /// The estimate from one curve of means.
  struct Estimate {
    var log2Rate: Double
    var score: Double
    var shift = 0.0
    var slack = 0.0
    var edge: Edge?

    init?(_ rates: [Double], _ means: [Double]) {
      let finite = means.indices.filter { means[$0].isFinite }
      guard let i = finite.min(by: { means[$0] < means[$1] }) else { return nil }
      (log2Rate, score) = (rates[i], means[i])
      if i == 0 { edge = .lowest }
      if i == rates.count - 1 { edge = .highest }
      guard edge == nil else { return }
      guard means[i - 1].isFinite, means[i + 1].isFinite else {
        slack = max(rates[i + 1] - rates[i], rates[i] - rates[i - 1]) / 2
        return
      }
      // The logarithm, so that a steep side weighs less, and the fit does not depend on the loss's unit.
      let isPositive = finite.allSatisfy { means[$0] > 0 }
      func level(_ k: Int) -> Double { isPositive ? log(means[k]) : means[k] }
      var (first, last) = (i - 1, i + 1)
      while first > 0, rates[i] - rates[first - 1] <= window, means[first - 1].isFinite { first -= 1 }
      while last < rates.count - 1, rates[last + 1] - rates[i] <= window, means[last + 1].isFinite { last += 1 }
      func points(_ range: ClosedRange<Int>) -> [(x: Double, y: Double)] { range.map { (rates[$0], level($0)) } }
      guard let parabola = PolynomialFit(points(first...last), degree: 2), let lowest = parabola.minimum else { return }
      log2Rate = min(max(lowest, rates[first]), rates[last])
      let space = max(rates[i + 1] - rates[i], rates[i] - rates[i - 1])
      let before = first > 0 && means[first - 1].isFinite ? first - 1 : first
      let after = last < rates.count - 1 && means[last + 1].isFinite ? last + 1 : last
      if after - before > 2, let cubic = PolynomialFit(points(before...after), degree: 3)?.minimum {
        shift = min(max(cubic - log2Rate, -space), space)
      } else {
        slack = space / 2
      }
    }
  }
}

/// Errors by leaving out each seed in turn.
enum Jackknife {
  /// The standard error of an estimate, from what it is without each seed; nil of fewer than two.
  static func error(_ withoutOne: [Double]) -> Double? {
    guard withoutOne.count > 1 else { return nil }
    let count = Double(withoutOne.count)
    let center = withoutOne.reduce(0, +) / count
    return (withoutOne.reduce(0) { $0 + ($1 - center) * ($1 - center) } * (count - 1) / count).squareRoot()
  }
}

public import Exact
import TensorPrograms

/// Whether a measurement agrees with a prediction.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  case agrees
  case disagrees
  /// Too few or too noisy runs, or two powers of width of similar size.
  case cannotTell = "cannot tell"
}

/// A verdict with the slope that it rests on, and the reason if it is not plain.
public struct SlopeVerdict: Sendable, Equatable {
  public var verdict: Verdict
  /// The slope that was judged; nil if there is none, for example if every number is zero.
  public var measured: Double?
  public var standardError: Double?
  /// One clause; nil if the verdict speaks for itself.
  public var reason: String?
  /// Whether nothing was told because two components of different exponents are of similar size at these widths:
  /// expected by the prediction, and no fault of the measurement.
  public var isMixture = false
}

/// How near a slope must be to a predicted exponent.
///
/// Exponents are multiples of `resolution`, 1/2 in all usual programs. A slope agrees if it lies within 0.4 of that
/// (0.2: finite-width bias at widths 64 to 512 is up to 0.18, behind an attention whose logits are still vanishing) and
/// its whole 95 % interval nearer to the prediction than to the next multiple; it disagrees if its whole 99 % interval
/// is nearer to another. Between the two, it cannot be told.
public struct Tolerance: Sendable, Equatable {
  public var resolution: Double

  public init(resolution: Double = 0.5) { self.resolution = resolution }

  /// The largest distance that agrees.
  public var agreement: Double { 0.4 * resolution }
  /// Half way to the next exponent.
  public var boundary: Double { 0.5 * resolution }

  /// 1/2, or 1/4 (and so on) if some exponent is a multiple of that only.
  public static func resolving(_ exponents: some Sequence<Rational>) -> Tolerance {
    var resolution = 0.5
    for exponent in exponents {
      while resolution > 0.05, (exponent.double / resolution).rounded() * resolution != exponent.double {
        resolution /= 2
      }
    }
    return Tolerance(resolution: resolution)
  }

  /// Judges a prediction by a sample.
  ///
  /// - Parameters:
  ///   - initial: the predicted exponent at initialization; nil if exactly zero.
  ///   - change: the predicted exponent of the change by training; nil if there is none.
  ///   - fluctuation: the exponent of the fluctuations around a part that is a mean over a growing dimension, as of
  ///     logits: a half below it by the central limit theorem, yet often larger at the widths of a check, so that the
  ///     slope lies between. Nil where the statistic is taken over a growing dimension itself.
  ///   - earlier: the least exponent of the changes by updates before the last one, with their fluctuations. It is
  ///     still part of the sum: a slope that is not below it contradicts nothing.
  ///   - floor: numbers up to this count as zero (rounding).
  public func judge(
    _ sample: Sample, statistic: Statistic, initial: Rational?, change: Rational?, fluctuation: Rational? = nil,
    earlier: Rational? = nil, floor: Double = 0
  ) -> SlopeVerdict {
    let predicted = statistic == .change ? change : [initial, change].compactMap { $0 }.max()
    if sample.numbers.allSatisfy(\.isEmpty) {
      return SlopeVerdict(verdict: .cannotTell, reason: "every run diverged")
    }
    guard let predicted else {
      return sample.isZero(floor: floor)
        ? SlopeVerdict(verdict: .agrees)
        : SlopeVerdict(
          verdict: .disagrees, measured: SlopeFit(sample)?.slope,
          standardError: SlopeFit(sample)?.standardError,
          reason: "predicted to be exactly zero, but it is not")
    }
    if sample.isZero(floor: floor) {
      return SlopeVerdict(verdict: .disagrees, reason: "it is exactly zero")
    }
    guard let fit = SlopeFit(sample) else {
      return SlopeVerdict(
        verdict: .cannotTell, reason: "a slope needs two widths, and an error three or several seeds")
    }
    let best = fit.best
    var result = SlopeVerdict(verdict: .cannotTell, measured: best.slope, standardError: best.standardError)
    if sample.means.contains(0) {
      result.reason = "exactly zero at some widths, and not at others"
      return result
    }
    let lost = zip(sample.widths, sample.numbers).filter { $0.1.isEmpty }.map(\.0)
    if !lost.isEmpty, fit.widthCount < 3 {
      result.reason = "runs diverged at width \(lost.map { "\($0)" }.joined(separator: ", "))"
      return result
    }
    let parts = [change == nil || statistic == .change ? nil : initial, change, fluctuation]
    let lower = parts.compactMap { $0 }.min() ?? predicted
    settle(&result, fit, least: min(earlier ?? lower, lower), lower: lower, upper: predicted)
    if result.isMixture, let two = TwoPowers(sample, upper: predicted.double, lower: lower.double), two.confirmsLarger {
      result.verdict = .agrees
      result.isMixture = false
      result.reason =
        "a sum of \(predicted.asPowerOfWidth) and \(lower.asPowerOfWidth); the first makes "
        + "\(Int((two.share * 100).rounded())) % of its square at the largest width"
    }
    return result
  }

  /// The verdict for a slope that should be `upper`, and may at finite width lie between that and `lower`; between
  /// `least` and `lower` nothing is told.
  private func settle(
    _ result: inout SlopeVerdict, _ fit: SlopeFit, least: Rational, lower: Rational, upper: Rational
  ) {
    let slope = fit.best.slope
    let reach = fit.halfWidth(confidence: SlopeFit.refuting)
    let distance = (slope - upper.double).magnitude
    if distance <= agreement, distance + fit.halfWidth(confidence: SlopeFit.supporting) < boundary {
      result.verdict = .agrees
    } else if isOutside(slope, reach, least, upper), isOutside(fit.slope, 0, least, upper) {
      result.verdict = .disagrees
      let near = slope > upper.double ? upper.double : least.double
      let factor = Rational(Int(((slope - near) / resolution).rounded()), Int((1 / resolution).rounded()))
      if !factor.isZero { result.reason = "about \(factor.asPowerOfWidth) times what is predicted" }
    } else if isOutside(slope, reach, lower, upper), isOutside(fit.slope, 0, lower, upper) {
      result.reason =
        "what earlier updates did, down to \(least.asPowerOfWidth), may still be the larger part; give larger widths"
    } else if !reach.isFinite {
      result.reason = "one run at two widths has no error; give more seeds or widths"
    } else if lower != upper, slope - reach > lower.double - boundary, slope + reach < upper.double + boundary {
      result.isMixture = true
      result.reason =
        "between \(lower) and \(upper): at these widths parts that grow differently are of similar size"
    } else if let tail = fit.tail, tail.isBent {
      result.reason = "the slope still drifts with width; give larger widths"
    } else if reach > boundary / 2 {
      result.reason = "too noisy; give more seeds"
    } else {
      result.reason = "between two exponents; give larger widths"
    }
  }

  /// Whether the interval lies beyond the boundaries of a range, on one side.
  private func isOutside(_ slope: Double, _ reach: Double, _ lower: Rational, _ upper: Rational) -> Bool {
    slope - reach > upper.double + boundary || slope + reach < lower.double - boundary
  }
}

public import Exact
import TensorPrograms

/// Whether a measurement agrees with a prediction.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  case agrees
  case disagrees
  /// Too few or too noisy runs, or two powers of width of similar size.
  case cannotTell = "cannot tell"
}

/// What would tell more where nothing can be told.
public enum Remedy: String, Sendable, Codable, CaseIterable {
  case moreSeeds = "more seeds"
  case largerWidths = "larger widths"
}

/// A verdict with the slope that it rests on, and the reason if it is not plain.
public struct SlopeVerdict: Sendable, Equatable {
  public var verdict: Verdict
  /// The slope that was judged; nil if there is none, for example if every number is zero.
  public var measured: Double?
  public var standardError: Double?
  /// One clause; nil if the verdict speaks for itself.
  public var reason: String?
  /// What would tell more; nil if something was told, or nothing that is known would.
  public var remedy: Remedy?
  /// Whether nothing was told because two components of different exponents are of similar size at these widths:
  /// expected by the prediction, and no fault of the measurement.
  public var isMixture = false
}

/// How far from its exponent a slope may be because the widths are finite, whatever its error.
///
/// A slope agrees if its whole 95 % interval lies within `agreement` of the prediction, and disagrees if its whole 99 %
/// interval lies beyond `refutation`. Between the two, it cannot be told. The numbers depend on what is measured, as finite
/// widths bend some lines more than others.
public struct Tolerance: Sendable, Equatable {
  public var agreement: Double
  public var refutation: Double

  public init(agreement: Double, refutation: Double) { (self.agreement, self.refutation) = (agreement, refutation) }

  /// For the initial size of a weight.
  public static let initialSize = Tolerance(agreement: 0.05, refutation: 0.05)
  /// For the first change by an optimizer whose step does not depend on the gradient's size, such as Adam.
  public static let firstStep = Tolerance(agreement: 0.125, refutation: 0.125)
  /// For what a weight's own change does later, or by another optimizer.
  public static let own = Tolerance(agreement: 0.2, refutation: 0.25)
  /// For all else.
  public static let usual = Tolerance(agreement: 0.25, refutation: 0.25)

  /// A slope with more noise refutes nothing: of few runs that scatter so, the error itself is uncertain.
  static let mostError = 0.2

  /// Judges a predicted exponent by a sample.
  ///
  /// - Parameters:
  ///   - predicted: the exponent; nil if exactly zero.
  ///   - parts: the exponents of all parts of which the prediction says that the statistic is a sum. At finite width a
  ///     smaller one may be the larger part still, so that the slope lies between: the largest below `predicted` is allowed
  ///     for.
  ///   - shared: a fit to what all seeds share, if that surely is there; it is judged instead of the sample.
  ///   - floor: numbers up to this count as zero (rounding).
  public func judge(
    _ sample: Sample, predicted: Rational?, parts: [Rational] = [], shared: SlopeFit? = nil, floor: Double = 0
  ) -> SlopeVerdict {
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
    guard let fit = shared ?? SlopeFit(sample) else {
      return SlopeVerdict(
        verdict: .cannotTell, reason: "a slope needs two widths, and an error three or several seeds",
        remedy: .moreSeeds)
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
    let lower = shared == nil ? parts.filter { $0 < predicted }.max() : nil
    settle(&result, fit, lower: lower ?? predicted, upper: predicted)
    if result.isMixture, let lower, let two = TwoPowers(sample, upper: predicted.double, lower: lower.double),
      two.confirmsLarger
    {
      (result.verdict, result.isMixture, result.remedy) = (.agrees, false, nil)
      result.reason =
        "a sum of \(predicted.asPowerOfWidth) and \(lower.asPowerOfWidth); the first makes "
        + "\(Int((two.share * 100).rounded())) % of its square at the largest width"
    }
    return result
  }

  /// The verdict for a slope that should be `upper`, and may at finite width lie between that and `lower`.
  private func settle(_ result: inout SlopeVerdict, _ fit: SlopeFit, lower: Rational, upper: Rational) {
    let slope = fit.best.slope
    let distance = (slope - upper.double).magnitude
    let reach = fit.halfWidth(confidence: SlopeFit.refuting)
    let isOutside = { (slope: Double, reach: Double) in
      slope - reach > upper.double + refutation || slope + reach < lower.double - refutation
    }
    if distance + fit.halfWidth(confidence: SlopeFit.supporting) <= agreement {
      result.verdict = .agrees
    } else if !reach.isFinite {
      (result.reason, result.remedy) = ("one run at two widths has no error; give more seeds or widths", .moreSeeds)
    } else if fit.noise > Tolerance.mostError {
      (result.reason, result.remedy) = ("too noisy; give more seeds", .moreSeeds)
    } else if isOutside(slope, reach), isOutside(fit.slope, 0), fit.flattens(towards: upper.double) {
      result.reason = "far from what is predicted, but nearing it as the width grows; give larger widths"
      result.remedy = .largerWidths
    } else if isOutside(slope, reach), isOutside(fit.slope, 0) {
      result.verdict = .disagrees
      let near = slope > upper.double ? upper.double : lower.double
      let factor = Rational(Int(((slope - near) * 4).rounded()), 4)
      if !factor.isZero { result.reason = "about \(factor.asPowerOfWidth) times what is predicted" }
    } else if lower != upper, slope - reach > lower.double - refutation, slope + reach < upper.double + refutation {
      result.isMixture = true
      result.reason =
        "between \(lower) and \(upper): at these widths parts that grow differently are of similar size"
      result.remedy = .largerWidths
    } else if fit.flattens(towards: upper.double) {
      result.reason = "the slope still nears what is predicted as the width grows; give larger widths"
      result.remedy = .largerWidths
    } else if reach > refutation / 2 {
      (result.reason, result.remedy) = ("too noisy; give more seeds", .moreSeeds)
    } else {
      result.reason = "neither near what is predicted nor far from it; give larger widths"
      result.remedy = .largerWidths
    }
  }
}

extension SlopeFit {
  /// Whether the line is bent, its slope over the larger widths being nearer to an exponent than over all, and not far
  /// from it any more.
  func flattens(towards exponent: Double) -> Bool {
    guard let tail, tail.isBent else { return false }
    let distance = (tail.slope - exponent).magnitude
    return distance < (slope - exponent).magnitude && distance < SlopeFit.nearby
  }

  /// From here on a line that bends towards an exponent may still reach it.
  static let nearby = 0.375
}

import Experiments
import Foundation

/// A power law fitted to a sample: the least-squares slope of the mean over seeds of log2(number) against log2(width).
///
/// Two errors are estimated and the larger one is stated: that from the scatter of the seeds, and that from the
/// residuals of the fit. With few runs both are uncertain themselves, so ``halfWidth(confidence:)`` uses Student's t.
/// The effect of finite width is no such error: it bends the line. If the bend is more than the seeds explain, the
/// slope over the largest widths is taken instead of that over all, and half of the bend is added to its error.
public struct SlopeFit: Sendable, Equatable {
  /// Over all widths.
  public let slope: Double
  public let standardError: Double
  /// The degrees of freedom of the standard error; 0 if there is nothing to estimate it from.
  public let degreesOfFreedom: Int
  /// Over the largest widths (half of them, at least three); nil if these are all.
  public let tail: Tail?
  /// How many widths took part: a width at which every run diverged, or every number is zero, has no logarithm.
  public let widthCount: Int

  public struct Tail: Sendable, Equatable {
    public let slope: Double
    /// The standard error of this slope from the scatter of the seeds.
    public let noise: Double
    /// This slope minus that over all widths.
    public let bend: Double
    /// Whether the bend is more than the seeds explain, and more than ``SlopeFit/smallestBend``.
    public let isBent: Bool
  }

  /// Bends of less than this do not count.
  public static let smallestBend = 0.03
  /// The confidence with which a slope refutes a prediction. A check has some hundred rows, so one in twenty would be
  /// far too many.
  public static let refuting = 0.99
  /// The confidence with which a slope supports one.
  public static let supporting = 0.95

  /// Nil with fewer than two widths that have a positive mean.
  public init?(_ sample: Sample) {
    let counts = Set(sample.numbers.map(\.count))
    if let count = counts.first, counts.count == 1, count > 1, sample.widths.count > 1,
      sample.numbers.allSatisfy({ $0.allSatisfy { $0 > 0 } })
    {
      self.init(paired: sample.widths, sample.numbers.map { $0.map { log2($0) } }, factor: 1 / Double(count - 1))
    } else {
      self.init(unpaired: sample)
    }
  }

  /// Fits the means over seeds of logarithms. What a seed has at every width alike, such as an easy batch, does not move
  /// a slope: the scatter is that around each seed's own mean.
  ///
  /// - Parameters:
  ///   - logarithms: by width and seed, or what is left when each seed is left out.
  ///   - factor: what the mean square of the scatter is multiplied with to be the variance of a mean.
  init?(paired widths: [Int], _ logarithms: [[Double]], factor: Double) {
    let (count, number) = (logarithms.first?.count ?? 0, Double(widths.count))
    guard widths.count > 1, count > 1 else { return nil }
    let ofSeeds = (0..<count).map { seed in logarithms.reduce(0) { $0 + $1[seed] } / number }
    let points = zip(widths, logarithms).map { width, row in
      let own = zip(row, ofSeeds).map { $0 - $1 }
      let center = own.reduce(0, +) / Double(count)
      let scatter = own.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count)
      return Point(
        x: log2(Double(width)), y: row.reduce(0, +) / Double(count), variance: scatter * factor * number / (number - 1))
    }
    self.init(points, seedDegrees: (count - 1) * (widths.count - 1))
  }

  /// Where runs are missing, or some numbers are zero.
  private init?(unpaired sample: Sample) {
    var points: [Point] = []
    var seedDegrees = 0
    for (width, numbers) in zip(sample.widths, sample.numbers) where !numbers.isEmpty {
      let count = Double(numbers.count)
      let mean = numbers.reduce(0, +) / count
      guard mean > 0, mean.isFinite else { continue }
      var variance: Double?
      if numbers.count > 1 {
        let square = numbers.reduce(0) { $0 + ($1 / mean - 1) * ($1 / mean - 1) }
        let logarithms = numbers.filter { $0 > 0 }.map { log2($0) }
        let center = logarithms.reduce(0, +) / Double(logarithms.count)
        let scatter = logarithms.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        // Of log2 of the mean, to first order; where the seeds differ by factors, that is too small.
        variance = max(square / (M_LN2 * M_LN2), scatter) / (count - 1) / count
        seedDegrees += numbers.count - 1
      }
      points.append(Point(x: log2(Double(width)), y: log2(mean), variance: variance))
    }
    self.init(points, seedDegrees: seedDegrees)
  }

  /// The logarithm of a size at the logarithm of a width, with its variance; nil if nothing tells it.
  struct Point {
    var x: Double
    var y: Double
    var variance: Double?
  }

  /// - Parameter seedDegrees: The degrees of freedom of the points' variances together.
  init?(_ points: [Point], seedDegrees: Int) {
    let points = points.sorted { $0.x < $1.x }
    guard let first = points.first, let last = points.last, last.x > first.x else { return nil }
    widthCount = points.count

    let weights = LeastSquares.slopeWeights(points.map(\.x))
    slope = zip(weights, points).reduce(0) { $0 + $1.0 * $1.1.y }
    let hasSeeds = points.allSatisfy { $0.variance != nil }
    func seedError(_ weights: [Double]) -> Double {
      zip(weights, points).reduce(0) { $0 + $1.0 * $1.0 * ($1.1.variance ?? 0) }.squareRoot()
    }
    let residualDegrees = points.count - 2
    let residualError = LeastSquares.slopeError(points.map { ($0.x, $0.y) }, slope: slope)
    standardError = max(hasSeeds ? seedError(weights) : 0, residualError)
    degreesOfFreedom = hasSeeds ? seedDegrees : residualDegrees

    let upper = max(3, (points.count + 1) / 2)
    guard upper < points.count else {
      tail = nil
      return
    }
    let skipped = points.count - upper
    let upperWeights = [Double](repeating: 0, count: skipped) + LeastSquares.slopeWeights(points[skipped...].map(\.x))
    let upperSlope = zip(upperWeights, points).reduce(0) { $0 + $1.0 * $1.1.y }
    let bend = upperSlope - slope
    let bendError = hasSeeds ? seedError(zip(upperWeights, weights).map { $0 - $1 }) : residualError
    let reach = StudentT.quantile(confidence: SlopeFit.refuting, degrees: degreesOfFreedom) * bendError
    tail = Tail(
      slope: upperSlope, noise: hasSeeds ? seedError(upperWeights) : residualError, bend: bend,
      isBent: bend.magnitude > max(SlopeFit.smallestBend, reach))
  }

  /// The slope that a verdict is about: over all widths, or over the largest if the line is bent.
  public var best: (slope: Double, standardError: Double) {
    if let tail, tail.isBent { return (tail.slope, hypot(tail.noise, tail.bend / 2)) }
    return (slope, standardError)
  }

  /// The standard error of `best.slope` without what a bend adds.
  public var noise: Double { tail.flatMap { $0.isBent ? $0.noise : nil } ?? standardError }

  /// Half of the interval around `best.slope` at a confidence; infinite without degrees of freedom.
  public func halfWidth(confidence: Double) -> Double {
    guard degreesOfFreedom > 0 else { return .infinity }
    let quantile = StudentT.quantile(confidence: confidence, degrees: degreesOfFreedom)
    // A bend is not noise: it is added, not multiplied.
    if let tail, tail.isBent { return quantile * tail.noise + tail.bend.magnitude / 2 }
    return quantile * standardError
  }
}

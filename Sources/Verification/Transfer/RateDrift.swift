import Experiments
import Foundation

/// What is said of the best learning rate over widths.
public enum TransferVerdict: String, Sendable, Codable, CaseIterable {
  /// It stays: what is best at a small width is best at a large one.
  case transfers
  case drifts
  case cannotTell = "cannot tell"
}

/// How the best learning rate moves with the width, in octaves of the rate per doubling of the width.
public struct RateDrift: Sendable, Equatable, Codable {
  /// Nil if fewer than two widths have an optimum.
  public var octaves: Double?
  /// Half of the 95 % interval; nil if there is nothing to tell it from.
  public var halfWidth: Double?
  public var verdict: TransferVerdict
  /// One clause; nil if the verdict speaks for itself.
  public var reason: String?

  /// How much drift counts as none: half of the smallest power of the width, n^(1/2), by which rates differ from one
  /// parametrization to another. From 64 to 1024 it is one octave.
  public static let tolerance = 0.25

  /// The slope of the optima against log2 of the width (``SlopeFit``: of the larger widths, if the line is bent; paired
  /// by seeds, whose common luck moves no slope). It transfers if the whole 95 % interval lies within the tolerance of
  /// no drift, and drifts if the whole 99 % interval lies beyond it; else it cannot be told.
  ///
  /// - Parameter optima: by width; nil where every rate diverged.
  init(_ optima: [(width: Int, optimum: RateOptimum?)], tolerance: Double = RateDrift.tolerance) {
    verdict = .cannotTell
    let found = optima.compactMap { width, optimum in optimum.map { (width: width, optimum: $0) } }
    let points = found.map { SlopeFit.Point(x: log2(Double($0.width)), y: $0.optimum.log2Rate, variance: nil) }
    let counts = Set(found.map(\.optimum.withoutOne.count))
    var fit: SlopeFit?
    if let count = counts.first, counts.count == 1, count > 1 {
      fit = SlopeFit(paired: found.map(\.width), found.map(\.optimum.withoutOne), factor: Double(count - 1))
    }
    guard let fit = fit ?? SlopeFit(points, seedDegrees: 0) else {
      reason = "too few widths have a best rate"
      return
    }
    let weights = LeastSquares.slopeWeights(found.map { log2(Double($0.width)) })
    // What the curves' shape leaves open is alike at all widths, mostly, and then moves no slope.
    let shape =
      zip(weights, found).reduce(0) { $0 + $1.0 * $1.1.optimum.shift }.magnitude
      + zip(weights, found).reduce(0) { $0 + $1.0.magnitude * $1.1.optimum.slack }
    let drift = fit.best.slope
    octaves = drift
    let supporting = fit.halfWidth(confidence: SlopeFit.supporting) + shape
    let refuting = fit.halfWidth(confidence: SlopeFit.refuting) + shape
    if supporting.isFinite { halfWidth = supporting }
    if let edge = RateDrift.atEdge(optima) {
      reason = edge
    } else if drift.magnitude + supporting <= tolerance {
      verdict = .transfers
    } else if drift.magnitude - refuting > tolerance {
      verdict = .drifts
    } else if !supporting.isFinite {
      reason = "two widths and one seed have no error; give more --seeds or --widths"
    } else if shape > tolerance / 2 {
      reason = "the rates lie too far apart; give a finer grid"
    } else if supporting > tolerance / 2 {
      reason = "too noisy; give more --seeds"
    } else {
      reason = "between no drift and one that counts; give larger --widths"
    }
  }

  private static func atEdge(_ optima: [(width: Int, optimum: RateOptimum?)]) -> String? {
    for (width, optimum) in optima {
      guard let optimum else { return "at width \(width) every rate diverged; give lower --rates" }
      if let edge = optimum.edge {
        return
          "at width \(width) the best rate is the \(edge.rawValue) tried; give \(edge == .lowest ? "lower" : "higher") --rates"
      }
    }
    return nil
  }
}

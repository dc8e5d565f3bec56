public import Experiments
import Foundation

/// What a study of transfer found.
public struct TransferResult: Sendable, Equatable, Codable {
  public var score: RateSweepResult.Score
  public var arms: [TransferArm]
  /// The first arm beside each of the others, width by width.
  public var comparisons: [TransferComparison]

  /// - Parameters:
  ///   - curves: by arm, then by width.
  ///   - initialLosses: the mean loss before any update, by width.
  public init(score: RateSweepResult.Score, names: [String], curves: [[RateCurve]], initialLosses: [Double]) {
    self.score = score
    let all = curves.joined().map { Set($0.log2Rates) }
    // Rates at which every arm was trained at every width, so that all are asked the same.
    let common = all.dropFirst().reduce(all.first ?? []) { $0.intersection($1) }.sorted()
    arms = zip(names, curves).map { TransferArm(name: $0, curves: $1, initialLosses: initialLosses, common: common) }
    let first = arms.first
    comparisons = arms.dropFirst().flatMap { other in
      zip(first?.widths ?? [], other.widths).map {
        TransferComparison(name: other.name, width: $0.curve.width, first: $0.optimum, other: $1.optimum)
      }
    }
  }

  /// The verdict on the first arm.
  public var verdict: TransferVerdict { arms.first?.drift.verdict ?? .cannotTell }
}

/// One parametrization at all widths.
public struct TransferArm: Sendable, Equatable, Codable {
  public struct AtWidth: Sendable, Equatable, Codable {
    public var curve: RateCurve
    /// The mean loss before any update; nil if the first batch had none.
    public var initialLoss: Double?
    /// Nil if a run diverged at every rate.
    public var optimum: RateOptimum?
    /// How much a wrong rate costs: the mean over the common rates of the loss (at most that before any update) above the
    /// lowest (Wortsman et al., 2309.14322); nil without an optimum.
    public var sensitivity: Double?
  }

  /// The parametrization's.
  public var name: String
  /// Ascending.
  public var widths: [AtWidth]
  public var drift: RateDrift
  /// Where the best rate goes, if that can be told.
  public var limit: RateLimit?
  /// The rates that every arm tried at every width.
  public var common: [Double]
  /// Those of them at which some width has a higher loss than the next smaller one, by more than its seeds differ.
  public var worseWhenWider: [Double]
  /// What it costs at the largest width to take the best rate of the smallest one instead of its own: the difference of
  /// losses; nil if one of them has no optimum, or that rate was not tried there.
  public var costOfCarrying: Double?

  init(name: String, curves: [RateCurve], initialLosses: [Double], common: [Double]) {
    (self.name, self.common) = (name, common)
    widths = zip(curves, initialLosses).map { curve, initial in
      let optimum = RateOptimum(curve)
      let kept = common.compactMap { curve.place(of: $0) }
      let (means, lowest) = (curve.means, curve.means.min() ?? .infinity)
      let losses = kept.map { min(means[$0], initial) - lowest }
      let mean = losses.reduce(0, +) / Double(losses.count)
      return AtWidth(
        curve: curve, initialLoss: initial.isFinite ? initial : nil, optimum: optimum,
        sensitivity: optimum != nil && mean.isFinite ? mean : nil)
    }
    let optima = widths.map { ($0.curve.width, $0.optimum) }
    (drift, limit) = (RateDrift(optima), RateLimit(optima))
    worseWhenWider = common.filter { rate in
      zip(curves, curves.dropFirst()).contains { TransferArm.isWorse($1, than: $0, at: rate) }
    }
    if let small = widths.first?.optimum, let large = widths.last, let own = large.optimum, small.edge == nil,
      own.edge == nil, let carried = large.curve.mean(at: small.log2Rate)
    {
      costOfCarrying = max(0, carried - own.score)
    }
  }

  /// Whether the loss is surely higher: by seeds in pairs, with Student's t; of one seed, at all.
  private static func isWorse(_ wide: RateCurve, than narrow: RateCurve, at rate: Double) -> Bool {
    guard let i = wide.place(of: rate), let k = narrow.place(of: rate) else { return false }
    let pairs = zip(wide.scores[i], narrow.scores[k]).map { ($0 ?? .infinity, $1 ?? .infinity) }
    if pairs.contains(where: { !$0.1.isFinite }) { return false }
    if pairs.contains(where: { !$0.0.isFinite }) { return true }
    let differences = pairs.map { $0.0 - $0.1 }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    guard count > 1 else { return mean > 0 }
    let square = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count
    return mean > StudentT.quantile(confidence: SlopeFit.supporting, degrees: differences.count - 1)
      * square.squareRoot()
  }
}

/// The losses of two parametrizations at one width, each at its own best rate.
public struct TransferComparison: Sendable, Equatable, Codable {
  /// The other arm's.
  public var name: String
  public var width: Int
  /// The first arm's loss minus the other's, below zero where the first is better; nil if one of them has no optimum.
  public var difference: Double?
  /// Half of its 95 % interval over seeds; nil of one seed.
  public var halfWidth: Double?

  init(name: String, width: Int, first: RateOptimum?, other: RateOptimum?) {
    (self.name, self.width) = (name, width)
    guard let first, let other else { return }
    difference = first.score - other.score
    guard first.scoreWithoutOne.count == other.scoreWithoutOne.count else { return }
    let apart = zip(first.scoreWithoutOne, other.scoreWithoutOne).map { $0 - $1 }
    halfWidth = Jackknife.error(apart).map {
      StudentT.quantile(confidence: SlopeFit.supporting, degrees: apart.count - 1) * $0
    }
  }

  /// Whether the first is surely better (true), surely worse (false), or neither.
  public var firstIsBetter: Bool? {
    guard let difference, let halfWidth, difference.magnitude > halfWidth else { return nil }
    return difference < 0
  }
}

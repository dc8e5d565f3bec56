import Foundation

/// The scores of a sweep's runs, and where the best rate lies.
public struct RateSweepResult: Sendable, Equatable, Codable {
  /// The runs of one parametrization, width and seed, by rate.
  public struct Curve: Sendable, Equatable, Codable {
    public var parametrization: String
    public var width: Int
    public var seed: Int
    /// The loss over all rows after the last update; infinite if the run diverged.
    public var final: [Double]
    /// The mean of the batch losses.
    public var mean: [Double]

    public init(parametrization: String, width: Int, seed: Int, final: [Double], mean: [Double]) {
      (self.parametrization, self.width, self.seed) = (parametrization, width, seed)
      (self.final, self.mean) = (final, mean)
    }
  }

  public enum Score: String, Sendable, Codable, CaseIterable {
    case final
    case mean
  }

  /// Where the best rate of one width lies.
  public struct Best: Sendable, Equatable, Codable {
    public var width: Int
    /// Its binary logarithm.
    public var log2Rate: Int
    /// The binary logarithm of the rate at the minimum of the parabola through the log scores of this rate and its
    /// neighbours.
    public var vertex: Double
    public var score: Double
  }

  /// The binary logarithms of the rates.
  public var rates: [Int]
  /// In the order of the runs: the widest first.
  public var curves: [Curve]

  public init(rates: [Int], curves: [Curve]) { (self.rates, self.curves) = (rates, curves) }

  /// The best rate of each width, ascending, by the mean score over seeds. A diverged run counts as infinite.
  public func best(_ parametrization: String, by score: Score) -> [Best] {
    let own = curves.filter { $0.parametrization == parametrization }
    return Set(own.map(\.width)).sorted().map { width in
      let seeds = own.filter { $0.width == width }.map { score == .final ? $0.final : $0.mean }
      let means = rates.indices.map { rate in seeds.reduce(0) { $0 + $1[rate] } / Double(seeds.count) }
      let scores = means.map { $0.isNaN ? .infinity : $0 }
      let i = scores.indices.min { scores[$0] < scores[$1] } ?? 0
      return Best(width: width, log2Rate: rates[i], vertex: vertex(scores, i), score: scores[i])
    }
  }

  /// How far the best rate moves from the smallest to the largest width, in powers of two.
  public func drift(_ parametrization: String, by score: Score) -> Double {
    let best = best(parametrization, by: score)
    return (best.last?.vertex ?? .nan) - (best.first?.vertex ?? .nan)
  }

  private func vertex(_ scores: [Double], _ i: Int) -> Double {
    guard i > 0, i < scores.count - 1, scores[i - 1...i + 1].allSatisfy(\.isFinite) else { return Double(rates[i]) }
    let logarithms = scores[i - 1...i + 1].map { log(max($0, 1e-30)) }
    let (left, center, right) = (logarithms[0], logarithms[1], logarithms[2])
    let bend = left - 2 * center + right
    return bend > 0 ? Double(rates[i]) + 0.5 * (left - right) / bend : Double(rates[i])
  }
}

import Foundation

/// Training that blows the loss up in place of lowering it, so that no slope says anything about widths.
public struct Explosion: Sendable, Equatable, Codable {
  /// The smallest width: where a rate that is too large is so for every network, whatever its rules.
  public var width: Int
  /// The loss at first; the median over seeds.
  public var first: Double
  /// The largest loss later; nil if it stopped being finite.
  public var largest: Double?
  /// Updates of each run.
  public var steps: Int

  /// A loss this many times the first one has exploded: no network that learns gets there.
  static let factor = 10.0

  /// - Parameter losses: Before each update, by seed; shorter where a run diverged.
  init?(width: Int, losses: [[Double]], steps: Int) {
    let starts = losses.compactMap(\.first).filter(\.isFinite).sorted()
    let peaks = losses.map { run in
      run.count == steps && run.allSatisfy(\.isFinite) ? run.max() ?? .infinity : .infinity
    }.sorted()
    guard steps > 0, !starts.isEmpty else { return nil }
    let (first, peak) = (starts[starts.count / 2], peaks[peaks.count / 2])
    guard first > 0, peak > Explosion.factor * first else { return nil }
    (self.width, self.first, self.steps) = (width, first, steps)
    largest = peak.isFinite ? peak : nil
  }

  /// `the loss at width 32 goes from 2.31 to 4.1e+10 within 5 steps`.
  public var description: String {
    let end = largest.map { "to " + String(format: "%.3g", $0) } ?? "to what is no number"
    return "the loss at width \(width) goes from \(String(format: "%.3g", first)) \(end) within \(steps) steps"
  }
}

extension CheckResult {
  /// Whether training exploded already at the smallest width.
  public var explosion: Explosion? {
    guard let width = widths.first, let runs = losses.first, let steps = runs.map(\.count).max() else { return nil }
    return Explosion(width: width, losses: runs, steps: steps)
  }
}

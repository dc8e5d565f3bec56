/// The losses of one parametrization at one width, by learning rate and seed.
public struct RateCurve: Sendable, Equatable, Codable {
  public var width: Int
  /// The binary logarithms of the rates at the base width, ascending.
  public var log2Rates: [Double]
  /// A row a rate, an entry a seed; nil where the run diverged.
  public var scores: [[Double?]]

  public init(width: Int, log2Rates: [Double], scores: [[Double?]]) {
    (self.width, self.log2Rates, self.scores) = (width, log2Rates, scores)
  }

  public var seedCount: Int { scores.first?.count ?? 0 }

  /// The mean over seeds at each rate; infinite if a run diverged.
  public var means: [Double] { means(without: nil) }

  /// The mean without one seed, if that is not the only one.
  func means(without left: Int?) -> [Double] {
    scores.map { row in
      let kept = row.indices.filter { row.count == 1 || $0 != left }.map { row[$0] ?? .infinity }
      let mean = kept.reduce(0, +) / Double(kept.count)
      return mean.isNaN ? .infinity : mean
    }
  }

  /// The place of a rate among this curve's.
  func place(of log2Rate: Double) -> Int? { log2Rates.firstIndex(of: log2Rate) }

  /// The mean at a rate between two of the curve's, on the straight line between them; nil outside, or beside a rate
  /// at which a run diverged.
  func mean(at log2Rate: Double) -> Double? {
    let means = means
    guard let above = log2Rates.firstIndex(where: { $0 >= log2Rate }) else { return nil }
    if log2Rates[above] == log2Rate { return means[above].isFinite ? means[above] : nil }
    guard above > 0, means[above].isFinite, means[above - 1].isFinite else { return nil }
    let part = (log2Rate - log2Rates[above - 1]) / (log2Rates[above] - log2Rates[above - 1])
    return means[above - 1] + part * (means[above] - means[above - 1])
  }
}

/// Which learning rates are tried: a first grid, and then as many more as it takes to have the best one within, centre
/// first.
public struct RateGrid: Sendable, Equatable {
  /// The binary logarithms of the first rates, ascending.
  public var first: [Double]
  /// How far beyond the first grid rates may go on either side, in octaves; 0 for the first grid alone.
  public var growth: Double

  /// A fit whose shape leaves open more than this, in octaves, gets rates between.
  static let finest = 0.25
  /// Rates on either side of the best: one for the parabola, one more to tell how good the parabola is.
  private static let margin = 2

  public init(first: [Double], growth: Double) { (self.first, self.growth) = (Set(first).sorted(), growth) }

  /// The rates to be tried next at one width, by the means over seeds of those that were (infinite where a run diverged);
  /// empty if these are enough, or no more are allowed.
  func next(_ curve: RateCurve) -> [Double] {
    let (rates, means) = (curve.log2Rates, curve.means)
    guard growth > 0, let low = rates.first, let high = rates.last, let firstLow = first.first,
      let firstHigh = first.last
    else { return [] }
    let step = first.count > 1 ? (firstHigh - firstLow) / Double(first.count - 1) : 1
    func below(_ count: Int) -> [Double] {
      (0..<count).map { low - Double($0 + 1) * step }.filter { $0 >= firstLow - growth }
    }
    func above(_ count: Int) -> [Double] {
      (0..<count).map { high + Double($0 + 1) * step }.filter { $0 <= firstHigh + growth }
    }
    guard let best = means.indices.filter({ means[$0].isFinite }).min(by: { means[$0] < means[$1] }) else {
      return below(RateGrid.margin).sorted()
    }
    let upper = means[(best + 1)...]
    var more = best < RateGrid.margin ? below(RateGrid.margin - best) : []
    // Where a run diverged, larger rates tell nothing.
    if upper.count < RateGrid.margin, upper.allSatisfy(\.isFinite) { more += above(RateGrid.margin - upper.count) }
    if more.isEmpty { more = between(best, curve) }
    return more.sorted()
  }

  /// The rates halfway to the neighbours of the best, if the fit is not sure enough.
  private func between(_ best: Int, _ curve: RateCurve) -> [Double] {
    let rates = curve.log2Rates
    guard let found = RateOptimum.Estimate(rates, curve.means), found.edge == nil,
      max(found.shift.magnitude, found.slack) > RateGrid.finest
    else { return [] }
    return [(best - 1, best), (best, best + 1)].compactMap { lower, upper in
      rates[upper] - rates[lower] > RateGrid.finest ? (rates[lower] + rates[upper]) / 2 : nil
    }
  }
}

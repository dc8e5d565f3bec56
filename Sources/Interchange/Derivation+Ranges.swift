import Exact
public import Scaling

extension Derivation {
  /// The range of each weight's initial size, with everything else fixed.
  ///
  /// Throws as ``Derivation/initialRanges()`` does.
  public func rangesTable() throws -> String {
    var table = TextTable([("weight", .left), ("", .left), ("init std n^-b", .left), ("", .left)])
    let rows = zip(weights, try initialRanges()).map { ($0.name, cells($1)) }
    for row in grouped(rows) { table.append(row) }
    return table.text
  }

  private func cells(_ range: InitialRange) -> [String] {
    switch range {
    case .exactly(let b): ["b = \(b)", "smaller, and features would vanish"]
    case .between(let b, let last): ["\(b) <= b <= \(last)", "smaller yet, and features would vanish"]
    case .atLeast(let b): ["b >= \(b)", "any, zero allowed"]
    case .anything(let b): ["any b", "starts at zero or is felt nowhere; updates reach \((-b).asPowerOfWidth)"]
    }
  }

  /// How weight decay must scale, by convention.
  public func decayTable() -> String {
    var table = TextTable([
      ("weight", .left), ("", .left), ("w - decay w", .left), ("w - rate decay w", .left),
      ("gradient + decay w", .left),
    ])
    let rows = zip(weights, decays()).map { facts, decay in
      (
        facts.name,
        [
          decay.independent.asPowerOfWidth, decay.timesRate.asPowerOfWidth,
          decay.throughGradient?.asPowerOfWidth ?? "",
        ]
      )
    }
    for row in grouped(rows) { table.append(row) }
    return table.text
  }
}

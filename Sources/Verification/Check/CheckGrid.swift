/// The results of a grid of runs under one parametrization: measurements and predictions.
public struct CheckGrid: Sendable, Equatable, Codable {
  /// `maximal update`, `standard`.
  public var parametrization: String
  /// In the order of the program, then step, then statistic.
  public var rows: [CheckRow]
  /// Runs whose values stopped being finite, in the order of width and seed.
  public var divergences: [Divergence]

  /// A run that stopped being finite.
  public struct Divergence: Sendable, Equatable, Codable {
    public var width: Int
    public var seed: Int
    /// Updates made before the first value that is not finite.
    public var step: Int

    public init(width: Int, seed: Int, step: Int) { (self.width, self.seed, self.step) = (width, seed, step) }

    /// The divergences among runs, by width and seed; `steps` says after how many updates each stopped being finite.
    static func all(_ widths: [Int], _ seeds: [Int], _ steps: [[Int?]]) -> [Divergence] {
      zip(widths, steps).flatMap { width, steps in
        zip(seeds, steps).compactMap { seed, step in step.map { Divergence(width: width, seed: seed, step: $0) } }
      }
    }
  }

  public init(parametrization: String, rows: [CheckRow], divergences: [Divergence] = []) {
    (self.parametrization, self.rows, self.divergences) = (parametrization, rows, divergences)
  }

  public func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }

  /// The names of the values and weights, in the order of the program.
  public var values: [String] { names { _ in true } }

  /// The names of the values, or of the weights.
  public func values(_ kind: CheckRow.Kind) -> [String] { names { $0.kind == kind } }

  private func names(_ condition: (CheckRow) -> Bool) -> [String] {
    var seen: Set<String> = []
    return rows.filter(condition).map(\.value).filter { seen.insert($0).inserted }
  }

  public func rows(_ value: String, _ statistic: Statistic) -> [CheckRow] {
    rows.filter { $0.value == value && $0.statistic == statistic }
  }

  /// `disagrees` if any row does. Else `agrees` if of each value at least half of the rows agree that can be told, one
  /// at least (slopes between two predicted powers cannot, and need not). Else `cannot tell`.
  public var verdict: Verdict {
    if rows.contains(where: { $0.verdict == .disagrees }) { return .disagrees }
    let told = Dictionary(grouping: rows.filter { !$0.isMixture }, by: \.value)
    let isSettled = values.allSatisfy { value in
      guard let rows = told[value] else { return false }
      return rows.count { $0.verdict == .agrees } * 2 >= rows.count
    }
    return isSettled && !rows.isEmpty ? .agrees : .cannotTell
  }
}

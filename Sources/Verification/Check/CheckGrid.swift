/// The results of a grid of runs under one parametrization: measurements and predictions.
public struct CheckGrid: Sendable, Equatable, Codable {
  /// `maximal update`, `standard`.
  public var parametrization: String
  /// In the order of the program, then step, then statistic.
  public var rows: [CheckRow]
  /// What is promised, held against measurement alone.
  public var promises: [PromiseRow]
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

  public init(
    parametrization: String, rows: [CheckRow], promises: [PromiseRow] = [], divergences: [Divergence] = []
  ) {
    (self.parametrization, self.rows) = (parametrization, rows)
    (self.promises, self.divergences) = (promises, divergences)
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

  /// The judgement on the whole: `disagrees` if measurement contradicts a prediction or a promise, `agrees` if it is as
  /// predicted (and then as promised, where that is what is predicted), else `cannot tell`.
  public var verdict: Verdict { asPromised == .disagrees ? .disagrees : asPredicted }

  /// Whether all is as predicted. `disagrees` if any row does. Else `agrees` if of each value, each weight and each weight's
  /// own part, decay and epsilon at least half of the rows agree that can be told, one at least (slopes between two predicted
  /// powers cannot, and need not, but for a weight's own part). Else `cannot tell`.
  public var asPredicted: Verdict {
    if rows.contains(where: { $0.verdict == .disagrees }) { return .disagrees }
    let groups = Dictionary(grouping: rows) { [$0.value, $0.statistic.isSettledAlone ? $0.statistic.rawValue : ""] }
    let isSettled = groups.values.allSatisfy { rows in
      let told = rows.filter { !$0.isMixture || $0.statistic == .own }
      return !told.isEmpty && told.count { $0.verdict == .agrees } * 2 >= told.count
    }
    return isSettled && !rows.isEmpty ? .agrees : .cannotTell
  }

  /// Whether what was measured keeps what maximal update parametrization promises, whatever was predicted.
  public var asPromised: Verdict {
    if promises.contains(where: { $0.verdict == .disagrees }) { return .disagrees }
    return promises.allSatisfy { $0.verdict == .agrees } ? .agrees : .cannotTell
  }
}

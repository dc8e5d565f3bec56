public import Foundation
public import Verification

/// A coordinate check as a document: the content of its page, its JSON and its tables.
public struct CheckReport: Sendable, Equatable {
  public var title: String
  /// The command that reproduces it.
  public var command: String
  /// The name of the program.
  public var program: String
  public var optimizer: String
  /// The width at which all parametrizations are the same.
  public var base: Int
  public var widths: [Int]
  public var seeds: [Int]
  /// Updates of each run.
  public var steps: Int
  /// The learning rate at the base width.
  public var rate: Double
  /// `float` or `double`.
  public var precision: String
  /// What was trained on: `digits: 1797 rows, 64 features, 10 classes`.
  public var data: String
  public var version: String
  /// ISO 8601.
  public var date: String
  /// The time that it took.
  public var seconds: Double
  public var grid: CheckGrid
  /// The same runs in the standard parametrization, for comparison.
  public var standard: CheckGrid?
  /// What was trained with in place of what was derived: `readout.c=0`.
  public var changes: [String]
  /// The loss, if training with this rate did not lower it but blew it up.
  public var explosion: Explosion?

  public init(
    title: String, command: String, program: String, optimizer: String, base: Int, widths: [Int],
    seeds: [Int],
    steps: Int, rate: Double, precision: String = "float", data: String, version: String, date: String,
    seconds: Double, grid: CheckGrid, standard: CheckGrid? = nil, changes: [String] = [], explosion: Explosion? = nil
  ) {
    (self.title, self.command, self.program, self.optimizer) = (title, command, program, optimizer)
    (self.base, self.widths, self.seeds, self.steps) = (base, widths, seeds, steps)
    (self.rate, self.precision, self.data) = (rate, precision, data)
    (self.version, self.date, self.seconds) = (version, date, seconds)
    (self.grid, self.standard, self.changes, self.explosion) = (grid, standard, changes, explosion)
  }

  public var verdict: Verdict { grid.verdict }

  /// `48 of 48 agree`, `3 of 48 disagree, first readout.out (change, step 2); 40 agree, 5 cannot tell`.
  public var sentence: String {
    let all = grid.rows.count
    let agreed = grid.count(.agrees)
    let mixed = grid.rows.count { $0.isMixture }
    let between = mixed > 0 ? " (\(mixed) of these lie between two predicted exponents)" : ""
    let unknown =
      grid.count(.cannotTell) > 0 ? ", \(Verdict.cannotTell.counted(grid.count(.cannotTell)))\(between)" : ""
    guard let first = grid.rows.first(where: { $0.verdict == .disagrees }) else {
      return "\(agreed) of \(all) agree\(unknown)"
    }
    let count = grid.count(.disagrees)
    return "\(count) of \(all) \(count == 1 ? "disagrees" : "disagree"), first \(first.value) "
      + "(\(first.statistic.rawValue), step \(first.step)); \(Verdict.agrees.counted(agreed))\(unknown)"
  }

  /// What became of what maximal update parametrization promises, in one sentence; nil if nothing was.
  public var promise: String? {
    guard !grid.promises.isEmpty else { return nil }
    let broken = grid.promises.filter { $0.verdict == .disagrees }
    if let first = broken.first {
      let slope = first.measured.map { " (slope \(SlopeText.slope($0)))" } ?? ""
      return "Not as promised: \(first.value) \(first.finding)\(slope)"
        + (broken.count > 1 ? ", and \(broken.count - 1) more" : "")
    }
    let unknown = grid.promises.filter { $0.verdict == .cannotTell }
    guard let one = unknown.first else { return "As promised, nothing grows and every weight moves what it should" }
    return "\(grid.promises.count - unknown.count) of \(grid.promises.count) promises are kept, "
      + "\(unknown.count) cannot tell, first that of \(one.value)"
  }

  /// What the standard parametrization did, for comparison: `17 of 48 grow, first blocks.0.attention.logits`.
  public var comparison: String? {
    guard let standard else { return nil }
    if let lost = standard.divergences.min(by: { $0.width < $1.width }) {
      return "diverges from width \(lost.width)"
    }
    let growing = standard.rows.filter(\.grows)
    let shrinking = standard.rows.filter { $0.step > 0 && $0.shrinks }
    if let first = growing.first {
      return "\(growing.count) of \(standard.rows.count) grow, first \(first.value)"
    }
    if let first = shrinking.first {
      return "\(shrinking.count) of \(standard.rows.count) shrink, first \(first.value)"
    }
    return "none of \(standard.rows.count) grows"
  }
}

extension CheckReport {
  /// The report of a check that was run, and of the same check in the standard parametrization.
  ///
  /// - Parameters:
  ///   - command: the command that reproduces it, as the user would type it.
  ///   - data: ``DataSource/summary``.
  ///   - changes: what was trained with in place of what was derived, as it was given.
  ///   - version: of this package.
  ///   - date: when it was made.
  public init(
    _ check: CoordinateCheck, _ result: CheckResult, standard: CheckResult? = nil, command: String, data: String,
    changes: [String] = [], version: String, date: Date = Date()
  ) {
    self.init(
      title: "\(check.program.name): coordinate check", command: command, program: check.program.name,
      optimizer: check.optimizer.name, base: check.baseWidth, widths: result.widths, seeds: check.seeds,
      steps: check.steps, rate: check.learningRate, precision: check.precision.rawValue, data: data, version: version,
      date: date.formatted(.iso8601), seconds: result.seconds + (standard?.seconds ?? 0), grid: result.grid,
      standard: standard?.grid, changes: changes, explosion: result.explosion)
  }
}

extension Verdict {
  /// `1 agrees`, `3 agree`, `2 cannot tell`.
  func counted(_ count: Int) -> String { "\(count.grouped) \(count == 1 ? rawValue : plural)" }

  private var plural: String {
    switch self {
    case .agrees: "agree"
    case .disagrees: "disagree"
    case .cannotTell: rawValue
    }
  }
}

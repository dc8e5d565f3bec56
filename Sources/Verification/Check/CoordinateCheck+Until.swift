import Experiments
public import TrainingData

extension CoordinateCheck {
  /// How long a check that can tell nothing goes on.
  public enum Patience: Sendable {
    /// At most so many rounds, each of as many seeds more as there are: the same on every machine.
    case rounds(Int)
    /// As long as the next round, of seeds or of a larger width, is expected to end within so many seconds of all.
    case seconds(Double)
  }

  /// Goes on while nothing can be told: adds as many seeds as there are, or a larger width, as patience allows. Returns the check that was made in the end, with what it found: the same as if
  /// it had been run at once.
  ///
  /// More seeds if half of what cannot be told is too noisy; else a larger width.
  ///
  /// - Parameters:
  ///   - result: What this check found.
  ///   - round: told each check before it is run, and given the progress of its runs.
  ///
  /// Throws: as ``run(on:progress:)``.
  public func decided(
    _ result: CheckResult, on data: any DataSource, with patience: Patience,
    round: (CoordinateCheck) -> (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = { _ in nil }
  ) throws -> (CoordinateCheck, CheckResult) {
    var (check, result, rounds, spent) = (self, result, 0, 0.0)
    while result.grid.verdict == .cannotTell {
      let undecided = result.grid.rows.filter { $0.verdict == .cannotTell }
      let wantsSeeds = undecided.count { $0.remedy == .moreSeeds } * 2 >= undecided.count
      switch patience {
      case .rounds(let most): guard rounds < most, wantsSeeds else { return (check, result) }
      // The largest width takes most of the time of all, and twice that three or four times as much.
      case .seconds(let most):
        guard spent + result.seconds * (wantsSeeds ? 1 : 3) <= most else { return (check, result) }
      }
      var next = check
      if wantsSeeds {
        let first = (check.seeds.max() ?? 0) + 1
        next.seeds += first..<first + check.seeds.count
      } else {
        (next.base, next.widths) = (check.baseWidth, check.widths + [2 * (check.widths.max() ?? 1)])
      }
      let before = result.seconds
      result = try next.run(on: data, adding: result, of: check, progress: round(next))
      (rounds, spent) = (rounds + 1, spent + result.seconds - before)
      check = next
    }
    return (check, result)
  }

  /// What this check finds, whose runs were made in part by a smaller one: only the others are made.
  private func run(
    on data: any DataSource, adding known: CheckResult, of smaller: CoordinateCheck,
    progress: (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)?
  ) throws -> CheckResult {
    let began = ContinuousClock.now
    let prepared = try prepare(data)
    let old = Dictionary(
      zip(known.widths, known.records).map {
        ($0, Dictionary(zip(smaller.seeds, $1), uniquingKeysWith: { a, _ in a }))
      },
      uniquingKeysWith: { a, _ in a })
    let places = prepared.widths.flatMap { width in seeds.map { (width: width, seed: $0) } }
    let missing = zip(places, prepared.experiments(prepared.widths)).filter { old[$0.0.width]?[$0.0.seed] == nil }
    let meter = ProgressMeter(
      total: missing.reduce(0) { $0 + $1.1.setup.recipe.costOfRun }, report: progress)
    var new = try Runner(workers: workers).run(missing.map(\.1)) { meter.advance($0.costOfStep) }[...]
    let records = places.compactMap { old[$0.width]?[$0.seed] ?? new.popFirst() }
    return CheckResult(
      prepared, widths: prepared.widths, records: prepared.byWidth(records),
      seconds: known.seconds + (ContinuousClock.now - began) / .seconds(1))
  }
}

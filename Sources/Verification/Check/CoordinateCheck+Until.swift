public import TrainingData

extension CoordinateCheck {
  /// Goes on while nothing can be told: runs the check with twice the seeds, or with a larger width, as long as the next
  /// round is expected to end within so many seconds. Returns the last round, with the check that was run.
  ///
  /// More seeds if half of what cannot be told is too noisy; else a larger width.
  ///
  /// - Parameters:
  ///   - result: What this check found.
  ///   - round: told each check before it is run, and given the progress of its runs.
  ///
  /// Throws: as ``run(on:progress:)``.
  public func decided(
    _ result: CheckResult, on data: any DataSource, within seconds: Double,
    round: (CoordinateCheck) -> (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = { _ in nil }
  ) throws -> (CoordinateCheck, CheckResult) {
    var (check, result, spent) = (self, result, 0.0)
    while result.grid.verdict == .cannotTell {
      let undecided = result.grid.rows.filter { $0.verdict == .cannotTell }
      let wantsSeeds = undecided.count { $0.reason?.hasSuffix("more seeds") == true } * 2 >= undecided.count
      // The largest width takes most of the time of all, and twice that three or four times as much.
      guard spent + result.seconds * (wantsSeeds ? 2 : 4) <= seconds else { break }
      if wantsSeeds {
        let next = (check.seeds.max() ?? 0) + 1
        check.seeds += next..<next + check.seeds.count
      } else {
        (check.base, check.widths) = (check.baseWidth, check.widths + [2 * (check.widths.max() ?? 1)])
      }
      result = try CoordinateCheck.run([check], on: data, progress: round(check))[0]
      spent += result.seconds
    }
    return (check, result)
  }
}

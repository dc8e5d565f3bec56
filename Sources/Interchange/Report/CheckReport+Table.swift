import Verification

extension CheckReport {
  /// What a check says in a terminal: what was run, what does not agree (with `all`, everything), and the verdict.
  public func terminal(all: Bool) -> String {
    var parts = [heading]
    if all || grid.rows.contains(where: { $0.verdict != .agrees }) {
      parts.append(
        table(all: all)
          + "\n(slopes on log-log axes; +-: one standard error, from the scatter of seeds or of widths about the line)")
    }
    if all || grid.asPromised == .disagrees { parts.append(promiseTable(all: all)) }
    return (parts + [closing]).joined(separator: "\n\n")
  }

  /// `gpt, Adam, rate 0.001 at width 64; shakespeare: ...` and the runs.
  public var heading: String {
    "\(program), \(optimizer), \(grid.parametrization)\(changed), rate \(rate) at base width \(base); \(data)\n"
      + "widths \(widths.map { "\($0)" }.joined(separator: ", ")); \(seeds.count) seed\(seeds.count == 1 ? "" : "s"), "
      + "\(steps) step\(steps == 1 ? "" : "s")"
  }

  /// ` with readout.c=0`, or nothing.
  private var changed: String { changes.isEmpty ? "" : " with \(changes.joined(separator: ", "))" }

  /// The rows as a table for a terminal, disagreements first, then what cannot be told; what agrees only if `all`.
  ///
  ///                                   step   predicted   measured          verdict
  ///     blocks.1.attention.logits  change   3       0       -0.01 +- 0.02      agrees
  public func table(all: Bool = true) -> String {
    var table = TextTable([
      ("", .left), ("", .left), ("step", .right), ("predicted", .right), ("measured", .right), ("verdict", .left),
    ])
    for verdict in [Verdict.disagrees, .cannotTell, .agrees] where all || verdict != .agrees {
      for row in grid.rows where row.verdict == verdict {
        table.append([
          row.value, row.statistic.rawValue, "\(row.step)", row.predicted?.description ?? "zero",
          SlopeText.measured(row.measured, row.standardError),
          row.verdict.rawValue + (row.reason.map { ": \($0)" } ?? ""),
        ])
      }
    }
    return table.text
  }

  /// The promises that are broken, then those that cannot be told, as a table for a terminal; those that are kept only if
  /// `all`.
  public func promiseTable(all: Bool = true) -> String {
    var table = TextTable([("", .left), ("promise", .left), ("measured", .right), ("verdict", .left)])
    for verdict in [Verdict.disagrees, .cannotTell, .agrees] where all || verdict != .agrees {
      for row in grid.promises where row.verdict == verdict {
        table.append([
          row.value, row.promise.rawValue, SlopeText.measured(row.measured, row.standardError),
          HTMLReport.finding(row),
        ])
      }
    }
    return table.text
  }

  /// What a check says at the end: what was predicted, what was promised, what to give, and the comparison.
  public var closing: String {
    [sentence, promise, remedy, comparison.map { "Standard parametrization for comparison: \($0)" }]
      .compactMap { $0.map { "\($0)." } }.joined(separator: " ")
  }
}

import Exact
import Experiments
import Scaling

/// What a coordinate check found.
public struct CheckResult: Sendable {
  /// The widths that were trained, ascending: all, unless there was a time limit.
  public let widths: [Int]
  /// The rows: predictions beside measurements, judged; and what was promised.
  public let grid: CheckGrid
  /// Every number of every run, for judgements of one's own.
  public let measurements: [Measurement]
  /// The loss before each update, by width (ascending) and seed; shorter where a run diverged.
  public let losses: [[[Double]]]
  /// The time that it took.
  public let seconds: Double

  /// What all runs observed, by width and seed, so that more runs can be added.
  let records: [[SizeObserver.Record]]

  /// - Parameter records: By width and seed.
  init(_ prepared: PreparedCheck, widths: [Int], records byWidth: [[SizeObserver.Record]], seconds: Double) {
    let check = prepared.check
    let records = CheckRecords(prepared, widths: widths, byWidth)
    let divergences = CheckGrid.Divergence.all(widths, check.seeds, byWidth.map { $0.map(\.diverged) })
    (self.widths, self.records) = (widths, byWidth)
    grid = CheckGrid(
      parametrization: check.parametrization.name, rows: records.rows, promises: records.promises,
      divergences: divergences)
    measurements = records.measurements
    losses = byWidth.map { $0.map(\.losses) }
    self.seconds = seconds
  }
}

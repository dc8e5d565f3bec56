import Exact
import Experiments
import Scaling

/// What a coordinate check found.
public struct CheckResult: Sendable {
  /// The widths that were trained, ascending: all, unless there was a time limit.
  public let widths: [Int]
  /// The rows: predictions beside measurements, judged.
  public let grid: CheckGrid
  /// Every number of every run, for judgements of one's own.
  public let measurements: [Measurement]
  /// The loss before each update, by width (ascending) and seed; shorter where a run diverged.
  public let losses: [[[Double]]]
  /// The time that it took.
  public let seconds: Double

  /// - Parameter records: By width and seed.
  init(_ prepared: PreparedCheck, widths: [Int], records byWidth: [[SizeObserver.Record]], seconds: Double) {
    let (check, predictions, fluctuations) = (prepared.check, prepared.expected, prepared.fluctuations)
    let names = prepared.values.map { prepared.program.stepped[$0].name }
    let weights = Set(prepared.weights.map { prepared.program.stepped[$0].name })
    let tolerance = Tolerance.resolving(predictions.flatMap { [$0.initial, $0.change] }.compactMap { $0 })
    // Changes within rounding count as zero.
    let rounding = check.precision == .float ? 1e-6 : 1e-14
    let expected = Dictionary(
      predictions.map { (PredictionKey(name: $0.name, step: $0.step), $0) }, uniquingKeysWith: { first, _ in first })
    var rows: [CheckRow] = []
    var measurements: [Measurement] = []
    for (i, name) in names.enumerated() {
      var earlier: Rational?
      for step in 0...check.steps {
        for statistic in [Statistic.change, .size] {
          let isWeight = weights.contains(name)
          // Of weights only the initial size and the change are judged; their sum says no more.
          if step == 0 ? statistic == .change : isWeight && statistic == .size { continue }
          let numbers = byWidth.map { $0.map { (statistic == .size ? $0.sizes : $0.changes)[step][i] } }
          for (w, width) in widths.enumerated() {
            for (s, number) in numbers[w].enumerated() {
              measurements.append(
                Measurement(
                  value: name, statistic: statistic, step: step, width: width, seed: check.seeds[s], number: number))
            }
          }
          guard let prediction = expected[PredictionKey(name: name, step: step)] else { continue }
          let largest = byWidth.flatMap { $0.map { $0.sizes[step][i] } }.filter(\.isFinite).max() ?? 0
          var row = CheckRow(
            value: name, kind: isWeight ? .weight : .value, step: step, statistic: statistic,
            initial: prediction.initial, change: prediction.change,
            fluctuation: fluctuations.exponent(statistic, prediction), earlier: earlier,
            sample: Sample(widths: widths, numbers: numbers), tolerance: tolerance,
            floor: statistic == .change ? rounding * largest : 0)
          fluctuations.explain(&row)
          rows.append(row)
        }
        if let done = expected[PredictionKey(name: name, step: step)] {
          earlier = [earlier, done.change, fluctuations.exponent(.change, done)].compactMap { $0 }.min()
        }
      }
    }
    let divergences = CheckGrid.Divergence.all(widths, check.seeds, byWidth.map { $0.map(\.diverged) })
    self.widths = widths
    grid = CheckGrid(parametrization: check.parametrization.name, rows: rows, divergences: divergences)
    self.measurements = measurements
    losses = byWidth.map { $0.map(\.losses) }
    self.seconds = seconds
  }
}

private struct PredictionKey: Hashable {
  var name: String
  var step: Int
}

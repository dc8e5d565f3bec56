import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing
import TrainingData
import Verification

/// Random networks, seed by seed and none chosen, are trained at a few small widths: what is measured contradicts no
/// prediction, and much of it agrees.
@Suite struct RandomProgramMeasuredTests {
  static let seeds = Nightly.choose(daily: 0..<4, nightly: 0..<60) as Range<UInt64>

  /// The least part of all rows that agree: of SGD fewer, as steps in proportion to a gradient leave a saddle slowly.
  @Test(arguments: [(Optimizer.sgd, 0.3), (.adam(), 0.6)])
  func trainingDoesNotDisagree(_ optimizer: Optimizer, _ least: Double) throws {
    var (rows, agree, mixed, known) = (0, 0, 0, 0)
    for seed in Self.seeds {
      let program = try RandomPrograms(seed: seed).program()
      let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
      let predictions = try program.predictions(rules, optimizer: optimizer, steps: 2)
      let check = CoordinateCheck(
        program: program, optimizer: optimizer, parametrization: rules, predictions: predictions, base: 64,
        widths: [32, 64, 128, 256], seeds: [0, 1, 2, 3], steps: 2, workers: 1)
      let grid = try check.run(on: DataKind.named("random")).grid
      #expect(grid.divergences.isEmpty, "seed \(seed)")
      lazy var isOnSaddle = Result {
        try program.classify(rules, optimizer: optimizer).layers.contains { $0.r != 0 }
      }
      rows += grid.rows.count
      agree += grid.count(.agrees)
      mixed += grid.rows.count(where: \.isMixture)
      for row in grid.rows where row.verdict == .disagrees {
        let what: Comment =
          """
          \(optimizer.name), seed \(seed): \(row.value) \(row.statistic) step \(row.step): \(row.measured ?? 0) for \
          \(row.predicted ?? 0)
          \(program.text)
          """
        let prediction = predictions.first { $0.name == row.value && $0.step == row.step }
        if prediction.map({ Self.isBetweenParts(row, $0) }) == true {
          known += 1
          // The check regards one exponent of a change, and no others of its parts, though a prediction knows them.
          withKnownIssue("a sum of parts that grow differently is refuted instead of called a mixture") {
            Issue.record(what)
          }
        } else if try isOnSaddle.get() {
          known += 1
          // With dimensions of n^(1/2) slopes come near their limits at widths of thousands only.
          withKnownIssue("on a saddle, a slope that still bends is refuted instead of called too small a width") {
            Issue.record(what)
          }
        } else {
          Issue.record(what)
        }
      }
    }
    tally(
      "random programs measured, \(optimizer.name)",
      [
        "programs": Self.seeds.count, "rows": rows, "agree": agree, "mixed": mixed,
        "cannot tell": rows - agree - mixed - known, "refuted by a known defect": known,
      ])
    #expect(Double(agree) >= least * Double(rows), "\(agree) of \(rows)")
    // What is known to be wrong with the check is rare; more of it is something else.
    #expect(50 * known <= rows, "\(known) of \(rows)")
  }

  /// Whether the slope is one that a sum of all predicted parts may have at finite width.
  private static func isBetweenParts(_ row: CheckRow, _ prediction: Prediction) -> Bool {
    let parts = prediction.changeParts + (row.statistic == .size ? prediction.initialParts : [])
    guard let slope = row.measured, let least = parts.min(), let most = parts.max(), least < most else { return false }
    return slope > least.double - 0.1 && slope < most.double + 0.1
  }
}

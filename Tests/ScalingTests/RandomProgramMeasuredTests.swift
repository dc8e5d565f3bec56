import Exact
import Gallery
import Laws
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
    var found = MeasuredPrograms(optimizer)
    for seed in Self.seeds { try found.measure(RandomPrograms(seed: seed).program()) }
    #expect(found.diverged == 0 && found.unanswered == 0)
    found.report("random programs")
    #expect(Double(found.agree) >= least * Double(found.rows), "\(found.agree) of \(found.rows)")
  }

  /// The same over the whole vocabulary of primitives. What has no answer, and what diverges at a usual learning rate, is
  /// counted.
  @Test(arguments: [(Optimizer.sgd, 0.3), (.adam(), 0.4)])
  func theWholeVocabularyDoesNotDisagree(_ optimizer: Optimizer, _ least: Double) throws {
    var found = MeasuredPrograms(optimizer)
    let seeds = Nightly.choose(daily: 0..<2, nightly: 0..<300) as Range<UInt64>
    for seed in seeds { try found.measure(RandomProgram.make(seed: seed)) }
    found.report("random programs of the whole vocabulary")
    #expect(Double(found.agree) >= least * Double(found.rows), "\(found.agree) of \(found.rows)")
    #expect(5 * (found.diverged + found.unanswered) <= seeds.count)
  }
}

/// Predictions for programs beside what training measures, in Double.
struct MeasuredPrograms {
  let optimizer: Optimizer
  private(set) var programs = 0
  private(set) var rows = 0
  private(set) var agree = 0
  private(set) var mixed = 0
  /// Refuted by what is known to be wrong with the check.
  private(set) var known = 0
  /// Programs of which some run diverged; they are judged by the others.
  private(set) var diverged = 0
  /// Programs that were refused, or whose answer says that it was not confirmed.
  private(set) var unanswered = 0

  init(_ optimizer: Optimizer) { self.optimizer = optimizer }

  /// Trains a program under its derived parametrization, and records an issue for each row that is refuted.
  mutating func measure(_ program: Program) throws {
    programs += 1
    let derivation: Derivation
    do { derivation = try program.maximalUpdate(optimizer: optimizer) } catch is ScalingError {
      unanswered += 1
      return
    }
    let rules = derivation.parametrization
    let predictions = try program.predictions(rules, optimizer: optimizer, steps: 2)
    let check = CoordinateCheck(
      program: program, optimizer: optimizer, parametrization: rules, predictions: predictions,
      base: SlopeMeasurement.base,
      widths: Self.widths, seeds: [0, 1, 2, 3], steps: 2, learningRate: try learningRate(program, rules),
      precision: .double, workers: 1)
    let grid = try check.run(on: DataKind.named("random")).grid
    if !grid.divergences.isEmpty { diverged += 1 }
    lazy var isOnSaddle = Result {
      try program.classify(rules, optimizer: optimizer).layers.contains { $0.r != 0 }
    }
    rows += grid.rows.count
    agree += grid.count(.agrees)
    mixed += grid.rows.count(where: \.isMixture)
    for row in grid.rows where row.verdict == .disagrees {
      let what: Comment =
        """
        \(optimizer.name): \(row.value) \(row.statistic) step \(row.step): \(row.measured ?? 0) for \
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

  private static let widths = [32, 64, 128, 256]

  /// One with which no weight's first update is more than a tenth of the weight, at the smallest width.
  private func learningRate(_ program: Program, _ rules: Parametrization) throws -> Double {
    let measurement = SlopeMeasurement(widths: Self.widths, seeds: 1, steps: 1)
    return try measurement.factors(program.trained(by: optimizer, under: [rules]), rules).values.min() ?? 1
  }

  func report(_ what: String) {
    tally(
      "\(what) measured, \(optimizer.name)",
      [
        "programs": programs, "without an answer": unanswered, "diverged": diverged, "rows": rows, "agree": agree,
        "mixed": mixed, "cannot tell": rows - agree - mixed - known, "refuted by a known defect": known,
      ])
    // What is known to be wrong with the check is rare; more of it is something else. Of a few programs one on a saddle is
    // much already.
    if programs >= 20 { #expect(50 * known <= rows, "\(known) of \(rows)") }
  }

  /// Whether the slope is one that a sum of all predicted parts may have at finite width.
  private static func isBetweenParts(_ row: CheckRow, _ prediction: Prediction) -> Bool {
    let parts = prediction.changeParts + (row.statistic == .size ? prediction.initialParts : [])
    guard let slope = row.measured, let least = parts.min(), let most = parts.max(), least < most else { return false }
    return slope > least.double - 0.1 && slope < most.double + 0.1
  }
}

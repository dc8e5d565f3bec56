public import Experiments
import Foundation
public import Platform
public import Scaling
public import TensorPrograms
public import TrainingData

/// Whether the best learning rate of a small width is that of a large one (muTransfer; Tensor Programs V, 2203.03466):
/// one network trained at several widths, seeds and learning rates under several parametrizations.
///
///     let rules = try program.maximalUpdate(optimizer: .adam).parametrization
///     let study = TransferStudy(
///       program: program, optimizer: .adam, parametrizations: [rules, .standard(program)])
///     let result = try study.run(on: DataKind.named("digits"))
///     print(result.arms[0].drift.verdict)       // transfers
///
/// The result does not depend on the number of workers, nor on interruptions.
public struct TransferStudy: Sendable {
  /// The forward program.
  public var program: Program
  public var optimizer: Optimizer
  /// The arms of the study; the first is what the others are compared with.
  public var parametrizations: [Parametrization]
  /// The width at which all of them are the same network; the smallest of the widths if nil.
  public var base: Int?
  public var widths: [Int]
  public var seeds: [Int]
  public var grid: RateGrid
  /// Updates of each run.
  public var steps: Int
  public var score: RateSweepResult.Score
  public var precision: Precision
  /// Runs side by side, a thread each.
  public var workers: Int

  /// - Parameters:
  ///   - grid: around the optimizer's usual rate if nil.
  ///   - score: the mean loss of the run; the loss after the last update is flat near the best rate, and says less.
  public init(
    program: Program, optimizer: Optimizer, parametrizations: [Parametrization], base: Int? = nil,
    widths: [Int] = [64, 128, 256, 512, 1024], seeds: [Int] = [0, 1, 2], grid: RateGrid? = nil, steps: Int = 200,
    score: RateSweepResult.Score = .mean, precision: Precision = .float, workers: Int = ParallelJobs.processors
  ) {
    (self.program, self.optimizer, self.parametrizations) = (program, optimizer, parametrizations)
    (self.base, self.widths, self.seeds) = (base, Set(widths).sorted(), seeds)
    let usual = log2(optimizer.defaultRate).rounded()
    self.grid = grid ?? RateGrid(first: (-2...2).map { usual + Double($0) }, growth: 12)
    (self.steps, self.score, self.precision, self.workers) = (steps, score, precision, workers)
  }

  /// Makes the runs of the first grid, and then those that the best rates ask for (``RateGrid``), until every width has
  /// its own.
  ///
  /// - Parameters:
  ///   - record: holds finished runs, which are not made again, and gets the others, each when it is finished.
  ///   - progress: told how often the grid has grown, the fraction of the runs known to be needed that is done, and the
  ///     seconds left for them.
  /// - Throws: ``ExperimentError``; ``DataError`` if the data do not fit the program; ``ProgramError``; ``RecordError``;
  ///   ``TrainingError`` if a run cannot begin.
  public func run(
    on data: any DataSource, record: CellRecord<TransferCell>? = nil,
    progress: (@Sendable (_ growth: Int, _ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> TransferResult {
    try validate()
    var sweep = RateSweep(
      program: program, optimizer: optimizer, parametrizations: parametrizations, base: base ?? widths[0],
      widths: widths, seeds: seeds, steps: steps, workers: workers)
    sweep.precision = precision
    let prepared = try sweep.prepare(data)
    var known: [SweepRun: RunScores] = [:]
    // By arm, then by width.
    var rates = parametrizations.map { _ in widths.map { _ in grid.first } }
    var growth = 0
    while true {
      let wanted = wanted(rates).map { $0.filter { known[$0] == nil } }
      try make(wanted, prepared, record, &known) { [growth] in progress?(growth, $0, $1) }
      var isEnough = true
      for (arm, row) in curves(rates, known).enumerated() {
        for (i, curve) in row.enumerated() {
          let more = grid.next(curve)
          if !more.isEmpty { isEnough = false }
          rates[arm][i] = (rates[arm][i] + more).sorted()
        }
      }
      if isEnough { break }
      growth += 1
    }
    let first = known.filter { $0.key.parametrization == 0 }.compactMapValues(\.first)
    return TransferResult(
      score: score, names: parametrizations.map(\.name), curves: curves(rates, known),
      initialLosses: widths.map { width in
        // The first batch's loss does not depend on the rate; of several arms, that of the first.
        let losses = seeds.compactMap { seed in first.first { $0.key.width == width && $0.key.seed == seed }?.value }
        return losses.isEmpty ? .infinity : losses.reduce(0, +) / Double(losses.count)
      })
  }

  /// The runs at these rates in chains that share memory, the widest first and the middle of the rates first.
  private func wanted(_ rates: [[[Double]]]) -> [[SweepRun]] {
    widths.indices.reversed().flatMap { i in
      seeds.flatMap { seed in
        parametrizations.indices.map { arm in
          let own = rates[arm][i]
          let middle = own[own.count / 2]
          return own.sorted { (($0 - middle).magnitude, $0) < (($1 - middle).magnitude, $1) }.map {
            SweepRun(parametrization: arm, width: widths[i], seed: seed, log2Rate: $0)
          }
        }
      }
    }
  }

  /// Makes the runs that are not in the record.
  private func make(
    _ chains: [[SweepRun]], _ prepared: PreparedSweep, _ record: CellRecord<TransferCell>?,
    _ known: inout [SweepRun: RunScores], progress: @escaping @Sendable (Double, Double) -> Void
  ) throws {
    var (missing, runOf, cost): ([[SweepRun]], [String: SweepRun], Double) = ([], [:], 0)
    for chain in chains {
      var rest: [SweepRun] = []
      for run in chain {
        let recipe = try prepared.recipe(run)
        let key = recipe.fingerprint
        if let cell = record?.cell(key) {
          known[run] = cell.scores
        } else {
          rest.append(run)
          runOf[key] = run
          cost += recipe.costOfRun
        }
      }
      if !rest.isEmpty { missing.append(rest) }
    }
    let (runs, meter) = (runOf, ProgressMeter(total: cost, report: progress))
    // A thread each, so that the number of workers leaves the bits alone.
    let advance: @Sendable (Recipe) -> Void = { meter.advance($0.costOfStep) }
    let scores = try prepared.run(chains: missing, sharesLargeRuns: false, advance: advance) { recipe, scores in
      let key = recipe.fingerprint
      guard let record, let run = runs[key] else { return }
      try record.add(
        TransferCell(
          key: key, parametrization: recipe.parametrization.name, width: run.width, seed: run.seed,
          log2Rate: run.log2Rate, scores: scores))
    }
    for (chain, scores) in zip(missing, scores) {
      for (run, scores) in zip(chain, scores) { known[run] = scores }
    }
  }

  private func curves(_ rates: [[[Double]]], _ known: [SweepRun: RunScores]) -> [[RateCurve]] {
    parametrizations.indices.map { arm in
      zip(widths, rates[arm]).map { width, rates in
        RateCurve(
          width: width, log2Rates: rates,
          scores: rates.map { rate in
            seeds.map { seed in
              let run = SweepRun(parametrization: arm, width: width, seed: seed, log2Rate: rate)
              return score == .mean ? known[run]?.mean : known[run]?.final
            }
          })
      }
    }
  }

  private func validate() throws {
    guard widths.count > 1, widths.allSatisfy({ $0 > 0 }), (base ?? 1) > 0 else {
      throw ExperimentError.widths(widths)
    }
    guard !seeds.isEmpty else { throw ExperimentError.seeds }
    guard (1...Recipe.mostSteps).contains(steps) else { throw TransferError.steps(steps) }
    guard grid.first.count > 2, grid.growth >= 0, grid.growth.isFinite, grid.first.allSatisfy({ $0.magnitude <= 100 })
    else { throw TransferError.rates(grid.first) }
    guard !parametrizations.isEmpty, Set(parametrizations.map(\.name)).count == parametrizations.count else {
      throw TransferError.parametrizations(parametrizations.map(\.name))
    }
  }
}

/// What can be wrong with the settings of a study of transfer.
public enum TransferError: Error, Sendable, Equatable, CustomStringConvertible {
  case rates([Double])
  case parametrizations([String])
  case steps(Int)

  public var description: String {
    switch self {
    case .rates(let rates):
      "a best rate needs at least three different ones, as binary logarithms of at most 100; given: "
        + (rates.isEmpty ? "none" : rates.map { $0.formatted() }.joined(separator: ", "))
    case .steps(let steps): "a run makes 1 to \(Recipe.mostSteps) updates, not \(steps)"
    case .parametrizations(let names):
      "a study compares one or more different parametrizations; given: "
        + (names.isEmpty ? "none" : names.joined(separator: ", "))
    }
  }
}

import Foundation
import Scaling
import TensorPrograms
import Training
import TrainingData

/// One run of a sweep.
public struct SweepRun: Sendable, Hashable {
  /// An index into ``RateSweep/parametrizations``.
  public var parametrization: Int
  public var width: Int
  public var seed: Int
  /// The binary logarithm of the rate at the base width.
  public var log2Rate: Double

  public init(parametrization: Int, width: Int, seed: Int, log2Rate: Double) {
    (self.parametrization, self.width, self.seed, self.log2Rate) = (parametrization, width, seed, log2Rate)
  }
}

/// A sweep with its programs and data, from which any of its runs can be made, in any order and number.
public struct PreparedSweep: Sendable {
  private let sweep: RateSweep
  private let data: any DataSource
  private let trained: TrainingProgram
  private let observer: ScoreObserver
  private let schedule: Schedule
  private let order: DataOrder

  init(_ sweep: RateSweep, _ data: any DataSource) throws {
    (self.sweep, self.data) = (sweep, data)
    trained = try TrainingProgram(sweep.program, sweep.optimizer, under: sweep.parametrizations)
    let evaluated = (sweep.evaluation ?? sweep.program).withMultipliers(of: sweep.parametrizations)
    // Data that do not fit are refused before anything is trained.
    for width in Set(sweep.widths) {
      for program in [sweep.program, evaluated] { _ = try data.batches(for: program, width: width) }
    }
    let width = sweep.widths.min() ?? sweep.base
    let isTable = data.rowCount != nil
    let source = try data.batches(for: sweep.program, width: width)
    observer = ScoreObserver(
      evaluated: evaluated, wholeBatch: try data.batches(for: evaluated, width: width).batchSize,
      examples: isTable ? try source.examples(Float.self) : nil)
    schedule = try Schedule(steps: sweep.steps)
    order = isTable ? .permutations : .fresh
  }

  /// What decides the numbers of a run.
  public func recipe(_ run: SweepRun) throws -> Recipe {
    let seed = UInt64(bitPattern: Int64(run.seed))
    return Recipe(
      trained, sweep.parametrizations[run.parametrization], base: sweep.base, width: run.width,
      learningRate: exp2(run.log2Rate), seed: seed, schedule: schedule, data: data, order: order, dataSeed: seed,
      precision: sweep.precision)
  }

  /// Makes runs in chains, each in the memory of the one before it, and returns their scores chain by chain.
  ///
  /// - Parameters:
  ///   - sharesLargeRuns: see ``Runner/sharesLargeRuns``.
  ///   - progress: as ``Runner/run(chains:progress:advance:)`` takes it.
  ///   - advance: told of each step.
  ///   - finished: told of each run that is finished, by several threads; what it throws ends the sweep.
  ///
  /// Throws: ``ProgramError``; ``TrainingError`` if a run cannot begin.
  public func run(
    chains: [[SweepRun]], sharesLargeRuns: Bool = true,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil,
    advance: @escaping @Sendable (Recipe) -> Void = { _ in },
    finished: @escaping @Sendable (Recipe, RunScores) throws -> Void = { _, _ in }
  ) throws -> [[RunScores]] {
    var observer = observer
    observer.finished = finished
    let experiments = try chains.map { chain in
      try chain.map { Experiment(try recipe($0).setUp(), observer) }
    }
    return try Runner(workers: sweep.workers, sharesLargeRuns: sharesLargeRuns).run(
      chains: experiments, progress: progress, advance: advance)
  }
}

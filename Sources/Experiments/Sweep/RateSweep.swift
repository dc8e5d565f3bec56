import Foundation
public import Platform
public import Scaling
public import TensorPrograms
import Tensors
import Training
public import TrainingData

/// Trains a network at several widths, seeds and learning rates under several parametrizations, and finds the best
/// learning rate of each: under muP it stays as the width grows (muTransfer; Tensor Programs V, 2203.03466, figure 1).
///
///     let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
///     let sweep = RateSweep(
///       program: program, optimizer: .adam(), parametrizations: [rules, .standard(program)], base: 64)
///     let result = try sweep.run(on: DataKind.named("digits"))
public struct RateSweep: Sendable {
  /// The forward program.
  public var program: Program
  /// The same network with the batch size of the evaluation after the last update; ``program`` if nil.
  public var evaluation: Program?
  public var optimizer: Optimizer
  public var parametrizations: [Parametrization]
  /// The width at which the parametrizations' numbers are the standard ones.
  public var base: Int
  public var widths: [Int]
  public var seeds: [Int]
  /// The binary logarithms of the rates at the base width, ascending.
  public var rates: [Int]
  /// Updates of each run.
  public var steps: Int
  /// The number of threads: one for each of several parallel runs, or all for one run with many weights.
  public var workers: Int

  /// - Parameter program: with inputs that a table fills.
  public init(
    program: Program, evaluation: Program? = nil, optimizer: Optimizer, parametrizations: [Parametrization], base: Int,
    widths: [Int] = [64, 256, 1024], seeds: [Int] = [0, 1], rates: ClosedRange<Int> = -12...2, steps: Int = 200,
    workers: Int = ParallelJobs.processors
  ) {
    (self.program, self.evaluation) = (program, evaluation)
    (self.optimizer, self.parametrizations) = (optimizer, parametrizations)
    (self.base, self.widths, self.seeds, self.rates) = (base, widths, seeds, Array(rates))
    (self.steps, self.workers) = (steps, workers)
  }

  /// Makes every run, the widest first, and scores it by the mean of its batch losses and by the loss over whole
  /// batches of all rows after the last update; infinite if it diverged.
  ///
  /// Batches follow permutations of all rows, one after the other and across their borders; their order depends on the
  /// seed alone. Widths of more than 2^22 weights are trained one run at a time over all workers, smaller ones side by
  /// side on a thread each.
  ///
  /// Throws: ``ExperimentError``; ``DataError`` if the data do not fit the program or are no table; ``ProgramError``;
  /// ``TrainingError`` if a run cannot begin.
  public func run(
    on data: any DataSource, progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil
  ) throws -> RateSweepResult {
    try validate()
    let trained = try TrainingProgram(program, optimizer, under: parametrizations)
    let evaluated = (evaluation ?? program).withMultipliers(of: parametrizations)
    let widths = Set(self.widths).sorted()
    // Data that do not fit are refused before anything is trained.
    for width in widths {
      for program in [program, evaluated] { _ = try data.batches(for: program, width: width) }
    }
    let source = try data.batches(for: program, width: widths[0])
    let observer = ScoreObserver(
      evaluated: evaluated, wholeBatch: try data.batches(for: evaluated, width: widths[0]).batchSize,
      examples: try source.examples(Float.self))
    // The runs at all rates follow one another in the same memory.
    let curves = widths.reversed().flatMap { width in
      seeds.flatMap { seed in parametrizations.map { (width: width, seed: seed, parametrization: $0) } }
    }
    let schedule = try Schedule(steps: steps)
    let chains = try curves.map { curve in
      let seed = UInt64(bitPattern: Int64(curve.seed))
      return try rates.map { rate in
        Experiment(
          try Recipe(
            trained, curve.parametrization, base: base, width: curve.width, learningRate: exp2(Double(rate)),
            seed: seed, schedule: schedule, data: data, order: .permutations, dataSeed: seed
          ).setUp(), observer)
      }
    }
    let scores = try Runner(workers: workers).run(chains: chains, progress: progress)
    return RateSweepResult(
      rates: rates,
      curves: zip(curves, scores).map { curve, scores in
        RateSweepResult.Curve(
          parametrization: curve.parametrization.name, width: curve.width, seed: curve.seed,
          final: scores.map(\.final), mean: scores.map(\.mean))
      })
  }

  private func validate() throws {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }), base > 0 else { throw ExperimentError.widths(widths) }
    guard !seeds.isEmpty else { throw ExperimentError.seeds }
    guard !rates.isEmpty else { throw ExperimentError.learningRate(.nan) }
    guard (1...Recipe.mostSteps).contains(steps) else { throw ExperimentError.steps(steps) }
  }
}

/// Scores a run by the mean of its batch losses, and by the loss over whole batches of all rows after the last update.
private struct ScoreObserver: TrialObserver, Sendable {
  /// The forward program of the evaluation, and the examples of its batch.
  let evaluated: Program
  let wholeBatch: Int
  /// All rows, in the scalars of the runs.
  let examples: Examples<Float>

  struct Scores: Sendable {
    var final: Double
    var mean: Double
  }

  func record<T: Element>(_ trial: Trial<T>) throws -> Scores {
    let (trainer, batch, steps) = (trial.trainer, trial.setup.batches.batchSize, trial.recipe.steps)
    let evaluator = try trial.evaluator(evaluated)
    let examples = try (examples as? Examples<T>) ?? trial.setup.batches.examples()
    let order = try trial.setup.permutedRows()
    let rows = Array(0..<examples.rows)
    var (sum, final) = (0.0, 0.0)
    do {
      // The batches of the trial's own steps, gathered without a copy.
      for step in 0..<steps {
        sum += try trainer.step(rows: order[step * batch..<(step + 1) * batch], of: examples)
      }
      try evaluator.copyWeights(from: trainer)
      let wholes = rows.count / wholeBatch
      for i in 0..<wholes {
        final += try evaluator.evaluate(rows: rows[i * wholeBatch..<(i + 1) * wholeBatch], of: examples)
      }
      return Scores(final: final / Double(wholes), mean: sum / Double(steps))
    } catch TrainingError.diverged {
      return Scores(final: .infinity, mean: .infinity)
    }
  }
}

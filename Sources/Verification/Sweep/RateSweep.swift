import Exact
import Foundation
public import Platform
public import Scaling
public import TensorPrograms
import Training
public import TrainingData

/// Trains a network at several widths, seeds and learning rates under several parametrizations, and tells where the best
/// rate of each lies: under muP it stays as the width grows (muTransfer; Tensor Programs V, 2203.03466, figure 1).
///
///     let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
///     let sweep = RateSweep(
///       program: program, optimizer: .adam(), parametrizations: [rules, .standard(program)], base: 64)
///     let result = try sweep.run(on: DataKind.named("digits"))
public struct RateSweep: Sendable {
  /// The forward program.
  public var program: Program
  /// The same network with another batch, that of the evaluation after the last update; the program if nil.
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
  /// The threads: of runs side by side, or together of a run with many weights.
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

  /// The runs at all rates, one after the other in the same memory.
  private struct Job: Sendable {
    var width: Int
    var seed: Int
    /// Positions in `parametrizations`, and of the order of batches.
    var parametrization: Int
    var order: Int
    var threads: Int
  }

  /// Makes every run, the widest first, and scores it by the mean of its batch losses and by the loss over whole batches of
  /// all rows after the last update; infinite if it diverged.
  ///
  /// Batches follow permutations of all rows, one after the other and across their borders; their order depends on the
  /// seed alone. Widths of more than 2^22 weights are trained one run at a time over all workers, smaller ones side by side
  /// on a thread each.
  ///
  /// Throws: ``CheckError``; ``DataError`` if the data do not fit the program or are no table; ``ProgramError``;
  /// ``TrainingError`` if a run cannot begin.
  public func run(
    on data: any DataSource, progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil
  ) throws -> RateSweepResult {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }), base > 0 else { throw CheckError.widths(widths) }
    guard !seeds.isEmpty else { throw CheckError.seeds }
    guard !rates.isEmpty else { throw CheckError.rate(.nan) }
    guard (1...CoordinateCheck.mostSteps).contains(steps) else { throw CheckError.steps(steps) }
    let multiplied = Set(parametrizations.flatMap(\.weights).filter { !$0.multiplier.isZero }.map(\.name))
    let stepped = try program.withWeightMultipliers(multiplied).withStep(optimizer)
    let evaluated = (evaluation ?? program).withWeightMultipliers(multiplied)
    let widths = Set(self.widths).sorted()
    // Data that do not fit are refused before anything is trained.
    for width in widths {
      for program in [stepped, evaluated] { _ = try data.batches(for: program, width: width) }
    }
    let (source, whole) = (
      try data.batches(for: stepped, width: widths[0]), try data.batches(for: evaluated, width: widths[0])
    )
    let examples = try source.examples(Float.self)
    let (batch, large) = (source.batchSize, whole.batchSize)
    let orders = try seeds.map { try source.order(seed: UInt64(bitPattern: Int64($0)), count: steps * batch) }
    let jobs = try widths.reversed().flatMap { width in
      let threads = try stepped.trainingThreads(width: width, workers: workers)
      return seeds.enumerated().flatMap { order, seed in
        parametrizations.indices.map {
          Job(width: width, seed: seed, parametrization: $0, order: order, threads: threads)
        }
      }
    }
    let curves = try ParallelJobs.run(jobs, threads: \.threads, workers: workers, progress: progress) { job in
      let numbers = try rates.map {
        try Numbers(parametrizations[job.parametrization], width: job.width, base: base, rate: exp2(Double($0)))
      }
      let seed = UInt64(bitPattern: Int64(job.seed))
      let trainer = try Trainer<Float>(
        stepped, width: job.width, numbers: numbers[0], seed: seed, threads: job.threads)
      let evaluator = try Trainer<Float>(
        evaluated, width: job.width, numbers: numbers[0], seed: seed, threads: job.threads)
      let scores = try numbers.map { numbers in
        try trainer.restart(seed: seed, numbers: numbers)
        return try score(trainer, evaluator, examples, orders[job.order], batch, large)
      }
      return RateSweepResult.Curve(
        parametrization: parametrizations[job.parametrization].name, width: job.width, seed: job.seed,
        final: scores.map(\.final), mean: scores.map(\.mean))
    }
    return RateSweepResult(rates: rates, curves: curves)
  }

  private func score(
    _ trainer: Trainer<Float>, _ evaluator: Trainer<Float>, _ examples: Examples<Float>, _ order: [Int], _ batch: Int,
    _ large: Int
  ) throws -> (final: Double, mean: Double) {
    var (sum, final) = (0.0, 0.0)
    let rows = Array(0..<examples.rows)
    do {
      for step in 0..<steps {
        sum += try trainer.step(rows: order[step * batch..<(step + 1) * batch], of: examples)
      }
      try evaluator.copyWeights(from: trainer)
      let wholes = rows.count / large
      for i in 0..<wholes { final += try evaluator.evaluate(rows: rows[i * large..<(i + 1) * large], of: examples) }
      return (final / Double(wholes), sum / Double(steps))
    } catch TrainingError.diverged {
      return (.infinity, .infinity)
    }
  }
}

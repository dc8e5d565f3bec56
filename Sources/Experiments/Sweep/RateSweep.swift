public import Platform
public import Scaling
public import TensorPrograms
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
  public var precision = Precision.float
  /// The number of threads: one for each of several parallel runs, or all for one run with many weights.
  public var workers: Int

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
  /// batches after the last update; infinite if it diverged.
  ///
  /// Batches of a table follow permutations of all rows, one after the other and across their borders; of other data
  /// each is new. Their order depends on the seed alone. Widths of more than 2^22 weights are trained one run at a time
  /// over all workers, smaller ones side by side on a thread each.
  ///
  /// Throws: ``ExperimentError``; ``DataError`` if the data do not fit the program; ``ProgramError``; ``TrainingError``
  /// if a run cannot begin.
  public func run(
    on data: any DataSource, progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil
  ) throws -> RateSweepResult {
    let prepared = try prepare(data)
    // The runs at all rates follow one another in the same memory.
    let chains = Set(widths).sorted(by: >).flatMap { width in
      seeds.flatMap { seed in
        parametrizations.indices.map { index in
          rates.map { SweepRun(parametrization: index, width: width, seed: seed, log2Rate: Double($0)) }
        }
      }
    }
    let scores = try prepared.run(chains: chains, progress: progress)
    return RateSweepResult(
      rates: rates,
      curves: zip(chains, scores).compactMap { chain, scores in
        chain.first.map { run in
          RateSweepResult.Curve(
            parametrization: parametrizations[run.parametrization].name, width: run.width, seed: run.seed,
            final: scores.map { $0.final ?? .infinity }, mean: scores.map { $0.mean ?? .infinity })
        }
      })
  }

  /// The sweep with its programs and data, to make some of its runs at a time.
  ///
  /// Throws: as ``run(on:progress:)``.
  public func prepare(_ data: any DataSource) throws -> PreparedSweep {
    try validate()
    return try PreparedSweep(self, data)
  }

  private func validate() throws {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }), base > 0 else { throw ExperimentError.widths(widths) }
    guard !seeds.isEmpty else { throw ExperimentError.seeds }
    guard !rates.isEmpty else { throw ExperimentError.learningRate(.nan) }
    guard (1...Recipe.mostSteps).contains(steps) else { throw ExperimentError.steps(steps) }
  }
}

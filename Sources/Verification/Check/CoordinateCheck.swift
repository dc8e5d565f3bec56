public import Experiments
import Foundation
public import Platform
public import Scaling
public import TensorPrograms
import Training
public import TrainingData

/// Compares the predicted exponents of a program with slopes measured in training runs (the coordinate check of Tensor
/// Programs V, 2203.03466, appendix D, with the prediction in place of the eye).
///
///     let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
///     let check = CoordinateCheck(program: program, optimizer: .adam(), parametrization: rules)
///     let result = try check.run(on: DataKind.named("digits"))
///     print(result.grid.verdict)      // agrees
public struct CoordinateCheck: Sendable {
  /// The forward program.
  public var program: Program
  public var optimizer: Optimizer
  public var parametrization: Parametrization
  /// What to expect; derived from the program and the parametrization if nil.
  public var predictions: [Prediction]?
  /// The maximal update derivation of the program for the optimizer, whose degree tells how updates follow gradients;
  /// derived if nil.
  public var derivation: Derivation?
  /// The width at which the parametrization's numbers are the standard ones; the smallest of the widths if nil.
  public var base: Int?
  public var widths: [Int]
  public var seeds: [Int]
  /// Updates of each run.
  public var steps: Int
  /// The learning rate at the base width.
  public var learningRate: Double
  public var precision: Precision
  /// Runs side by side, a thread each.
  public var workers: Int
  /// Skewed and fixed: the same batch at every step, another for each seed. Fresh: training sees other batches, the values
  /// are those of the first one.
  public var sampling: Sampling
  /// Whether the weights' own changes are measured too, which takes a second copy of them. They show whether a learning
  /// rate is right where values hide it: a readout's update, beside the change of the features that it reads.
  public var measuresWeights: Bool
  /// The weight decay and the epsilons that are trained with; the optimizer's own constants if nil, and no decay.
  public var regularization: Regularization?
  /// The time limit in seconds: a width is left out if, by the time of those before it, it would not end within that;
  /// nil for no limit. The three smallest are always trained, as a slope and its error need them.
  public var limit: Double?

  /// - Parameter learningRate: the optimizer's usual one if nil.
  public init(
    program: Program, optimizer: Optimizer, parametrization: Parametrization, predictions: [Prediction]? = nil,
    derivation: Derivation? = nil, base: Int? = nil, widths: [Int] = [64, 128, 256, 512, 1024],
    seeds: [Int] = [0, 1, 2, 3], steps: Int = 5,
    learningRate: Double? = nil, precision: Precision = .float, workers: Int = ParallelJobs.processors,
    sampling: Sampling = .skewed, measuresWeights: Bool = true, limit: Double? = nil
  ) {
    (self.program, self.optimizer, self.parametrization) = (program, optimizer, parametrization)
    (self.predictions, self.derivation) = (predictions, derivation)
    (self.base, self.widths, self.seeds) = (base, widths, seeds)
    (self.steps, self.learningRate, self.precision) = (steps, learningRate ?? optimizer.defaultRate, precision)
    (self.workers, self.sampling, self.measuresWeights) = (workers, sampling, measuresWeights)
    self.limit = limit
  }

  /// Trains at every width and seed, the largest first, and judges each named value (scalars apart) and
  /// each weight at each step.
  ///
  /// Widths of more than 2^22 weights are trained one run at a time over all workers, smaller ones side by side on a
  /// thread each: these have the same bits for any number of workers, those as far as a step on several threads has. A
  /// run that diverges is a finding, not an error: its numbers end there, and the grid says so.
  ///
  /// - Parameter progress: told now and then the fraction that is done and the seconds that are left, by one thread
  ///   at a time.
  /// - Throws: ``ExperimentError``; ``DataError`` if the data do not fit the program; ``ProgramError`` if a dimension
  ///   has no size at some width; ``TrainingError`` if a run cannot begin.
  public func run(
    on data: any DataSource, progress: (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> CheckResult {
    guard let limit else { return try CoordinateCheck.run([self], on: data, progress: progress)[0] }
    let began = ContinuousClock.now
    let prepared = try prepare(data)
    let (widths, records) = try upwards(prepared, within: limit, ProgressMeter(total: prepared.cost, report: progress))
    return CheckResult(prepared, widths: widths, records: records, seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  /// Several checks at once, such as those of several parametrizations and optimizers of one network: what
  /// ``run(on:progress:)`` gives for each, faster. Runs of one program and width share a trainer, and the seconds of
  /// all together are divided among them by their work.
  ///
  /// Time limits are not regarded; `workers` is the largest of the checks'.
  public static func run(
    _ checks: [CoordinateCheck], on data: any DataSource,
    progress: (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> [CheckResult] {
    let began = ContinuousClock.now
    let prepared = try checks.map { try $0.prepare(data) }
    let cost = prepared.reduce(0) { $0 + $1.cost }
    let meter = ProgressMeter(total: cost, report: progress)
    let experiments = prepared.map { $0.experiments($0.widths) }
    let records = try Runner(workers: checks.map(\.workers).max() ?? 1).run(Array(experiments.joined())) {
      meter.advance($0.costOfStep)
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    var rest = records[...]
    return zip(prepared, experiments).map { prepared, experiments in
      let own = rest.prefix(experiments.count)
      rest = rest.dropFirst(experiments.count)
      return CheckResult(
        prepared, widths: prepared.widths, records: prepared.byWidth(own), seconds: seconds * prepared.cost / cost)
    }
  }

  /// The width at which the parametrization's numbers are the standard ones.
  public var baseWidth: Int { base ?? widths.min() ?? 1 }

  /// The threads of a run at a width: all workers if it is large, else 1 (``Runner``).
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)``.
  public func threads(at width: Int) throws -> Int {
    try program.trainingThreads(width: width, workers: workers)
  }

  func prepare(_ data: any DataSource) throws -> PreparedCheck {
    try validate()
    return try PreparedCheck(self, data)
  }

  /// Trains width by width, the smallest first, as long as the next one is expected to end in time.
  private func upwards(
    _ prepared: PreparedCheck, within limit: Double, _ meter: ProgressMeter
  ) throws -> ([Int], [[SizeObserver.Record]]) {
    var (trained, records, forecast, spent) = ([Int](), [[SizeObserver.Record]](), TimeForecast(), 0.0)
    let runner = Runner(workers: workers)
    for width in prepared.widths {
      if trained.count >= 3, let more = forecast.seconds(at: width), spent + more > limit { break }
      let began = ContinuousClock.now
      records.append(try runner.run(prepared.experiments([width])) { meter.advance($0.costOfStep) })
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      forecast.add(width: width, seconds: seconds)
      spent += seconds
      trained.append(width)
    }
    return (trained, records)
  }

  /// Refuses settings that no check can have, as ``run(on:progress:)`` does before it trains. Throws:
  /// ``ExperimentError``.
  public func validate() throws {
    guard Set(widths).count > 1, widths.allSatisfy({ $0 > 0 }), baseWidth > 0 else {
      throw ExperimentError.widths(widths)
    }
    guard !seeds.isEmpty else { throw ExperimentError.seeds }
    guard (0...Recipe.mostSteps).contains(steps) else { throw ExperimentError.steps(steps) }
    guard learningRate.isFinite, learningRate >= 0 else { throw ExperimentError.learningRate(learningRate) }
    if let limit { guard limit.isFinite, limit > 0 else { throw ExperimentError.limit(limit) } }
  }
}

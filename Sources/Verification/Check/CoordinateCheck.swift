import Exact
import Foundation
public import Scaling
public import TensorPrograms
public import Training

/// Lays the predicted exponents of a program beside slopes measured in training runs (the coordinate check of Tensor
/// Programs V, 2203.03466, appendix D, with the prediction in place of the eye).
///
///     let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
///     let check = CoordinateCheck(program: program, optimizer: .adam(), parametrization: rules)
///     let result = try check.run(on: .named("digits"))
///     print(result.grid.verdict)      // agrees
public struct CoordinateCheck: Sendable {
  /// The forward program.
  public var program: Program
  public var optimizer: Optimizer
  public var parametrization: Parametrization
  /// What to expect; derived from the program and the parametrization if nil.
  public var predictions: [Prediction]?
  /// The width at which the parametrization's numbers are the standard ones.
  public var base: Int
  public var widths: [Int]
  public var seeds: [Int]
  /// Updates of each run.
  public var steps: Int
  /// The learning rate at the base width.
  public var rate: Double
  public var precision: Precision
  /// Runs side by side, a thread each.
  public var workers: Int
  /// Fixed: the same batch at every step. Fresh: training sees other batches, the values are those of the first one.
  public var sampling: Sampling
  /// Whether the weights' own changes are measured too, at the price of a second copy of them. They tell of a learning
  /// rate what values hide: a readout's, behind what reached it from below.
  public var measuresWeights: Bool
  /// Seconds after which no larger width is begun, going by the time of those before it; nil for all, however long.
  /// The three smallest are always trained, as a slope and its error need them.
  public var limit: Double?

  public enum Precision: String, Sendable, Codable, CaseIterable { case float, double }

  /// More updates are refused.
  public static let mostSteps = 10_000

  /// - Parameter rate: the optimizer's usual one if nil.
  public init(
    program: Program, optimizer: Optimizer, parametrization: Parametrization, predictions: [Prediction]? = nil,
    base: Int = 256, widths: [Int] = [64, 128, 256, 512, 1024], seeds: [Int] = [0, 1, 2, 3], steps: Int = 5,
    rate: Double? = nil, precision: Precision = .float, workers: Int = SideBySide.processors,
    sampling: Sampling = .fixed, measuresWeights: Bool = true, limit: Double? = nil
  ) {
    (self.program, self.optimizer, self.parametrization) = (program, optimizer, parametrization)
    (self.predictions, self.base, self.widths, self.seeds) = (predictions, base, widths, seeds)
    (self.steps, self.rate, self.precision) = (steps, rate ?? optimizer.defaultRate, precision)
    (self.workers, self.sampling, self.measuresWeights) = (workers, sampling, measuresWeights)
    self.limit = limit
  }

  /// Trains at every width and seed, the largest first, and judges each named value (scalars apart) and
  /// each weight at each step.
  ///
  /// The result is the same for any number of workers. A run that diverges is a finding, not an error: its numbers end
  /// there, and the grid says so.
  ///
  /// - Parameter progress: told now and then the fraction that is done and the seconds that are left, by one thread
  ///   at a time.
  /// - Throws: ``CheckError``; ``DataError`` if the data do not fit the program; ``ProgramError`` if a dimension has no
  ///   size at some width; ``TrainingError`` if a run cannot begin.
  public func run(
    on data: DataSource, progress: (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> CheckResult {
    let began = ContinuousClock.now
    try validate()
    let expected = try predictions ?? program.predictions(parametrization, optimizer: optimizer, steps: steps)
    let multiplied = Set(parametrization.weights.filter { !$0.multiplier.isZero }.map(\.name))
    let stepped = try program.withWeightMultipliers(multiplied).withStep(optimizer)
    let known = Set(expected.map(\.name))
    let named = stepped.namedValues.filter { !stepped[$0].axes.isEmpty && known.contains(stepped[$0].name) }
    let weights = measuresWeights ? stepped.weights.map(\.id).filter { known.contains(stepped[$0].name) } : []
    let values = named + weights
    guard !values.isEmpty else { throw CheckError.nothingNamed(program: program.name) }

    let widths = Set(self.widths).sorted()
    let jobs = widths.reversed().flatMap { width in seeds.map { CheckRun.Job(width: width, seed: $0) } }
    // Data that do not fit are refused before anything is trained.
    var batches: [Int: BatchSource] = [:]
    for width in widths { batches[width] = try data.batches(for: program, width: width, sampling: sampling) }
    let sources = batches
    let meter = ProgressMeter(total: jobs.reduce(0) { $0 + $1.cost } * Double(steps + 1), report: progress)
    @Sendable func train(_ job: CheckRun.Job) throws -> CheckRun.Record {
      guard let source = sources[job.width] else { throw CheckError.widths(widths) }
      let numbers = try Numbers(parametrization, width: job.width, base: base, rate: rate)
      let run = CheckRun(
        program: stepped, values: values, job: job, numbers: numbers, batches: source, steps: steps,
        threads: max(1, workers / max(1, jobs.count)))
      return switch precision {
      case .float: try run.record(Float.self) { meter.advance(job.cost) }
      case .double: try run.record(Double.self) { meter.advance(job.cost) }
      }
    }
    let (trained, records) =
      try limit.map { try upwards(widths, within: $0, train) }
      ?? (widths, try SideBySide.run(jobs, workers: workers, train))
    return CheckResult(
      check: self, names: values.map { stepped[$0].name },
      weights: Set(weights.map { stepped[$0].name }), widths: trained, records: records,
      predictions: expected,
      seconds: (ContinuousClock.now - began) / .seconds(1))
  }

  /// Trains width by width, the smallest first, as long as the next one is expected to end in time.
  private func upwards(
    _ widths: [Int], within limit: Double, _ train: @Sendable (CheckRun.Job) throws -> CheckRun.Record
  ) throws -> ([Int], [CheckRun.Record]) {
    var (trained, records, forecast, spent) = ([Int](), [CheckRun.Record](), TimeForecast(), 0.0)
    for width in widths {
      if trained.count >= 3, let more = forecast.seconds(at: width), spent + more > limit { break }
      let began = ContinuousClock.now
      records += try SideBySide.run(seeds.map { CheckRun.Job(width: width, seed: $0) }, workers: workers, train)
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      forecast.add(width: width, seconds: seconds)
      spent += seconds
      trained.append(width)
    }
    return (trained, records)
  }

  private func validate() throws {
    guard Set(widths).count > 1, widths.allSatisfy({ $0 > 0 }), base > 0 else { throw CheckError.widths(widths) }
    guard !seeds.isEmpty else { throw CheckError.seeds }
    guard (0...CoordinateCheck.mostSteps).contains(steps) else { throw CheckError.steps(steps) }
    guard rate.isFinite, rate >= 0 else { throw CheckError.rate(rate) }
    if let limit { guard limit.isFinite, limit > 0 else { throw CheckError.limit(limit) } }
  }
}

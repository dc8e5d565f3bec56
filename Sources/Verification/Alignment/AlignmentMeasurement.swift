import Experiments
import Foundation
public import Platform
public import Scaling
public import TensorPrograms
import Training
public import TrainingData

/// Measures how weights and what they meet are aligned in training runs (log-alignment ratios; Everett et al.,
/// 2407.05872, section 3).
///
/// Of a weight W (multiplier included) that is contracted with x, a sum of N terms,
///
///     A(W, x) = log_N( rms(W x) / (rms(W) rms(x)) )
///
/// is 1/2 where the terms of the sum are independent and 1, the most there is, where they agree. Measured are
/// alpha = A(dW, x0), omega = A(W0, dx) and u = A(dW, dx), where 0 is initialization and d the change since then, on
/// one batch.
///
///     let rules = try program.maximalUpdate(optimizer: .adam).parametrization
///     let measurement = AlignmentMeasurement(program: program, optimizer: .adam, parametrization: rules)
///     let result = try measurement.run(on: DataKind.named("digits"))
///     print(result["layers.1", step: 5]?.largest?.numbers.alpha?.mean ?? .nan)
public struct AlignmentMeasurement: Sendable {
  /// The forward program.
  public var program: Program
  public var optimizer: Optimizer
  public var parametrization: Parametrization
  /// Only these weights, where `*` stands for any letters; all if nil.
  public var weights: [String]?
  /// The width at which the parametrization's numbers are the standard ones.
  public var base: Int
  public var widths: [Int]
  public var seeds: [Int]
  /// Updates of each run.
  public var steps: Int
  /// The learning rate at the base width.
  public var learningRate: Double
  /// Runs side by side, a thread each.
  public var workers: Int
  /// The batches of training; alignment is always measured on the first batch.
  public var sampling: Sampling

  /// - Parameter learningRate: the optimizer's usual one if nil.
  public init(
    program: Program, optimizer: Optimizer, parametrization: Parametrization, weights: [String]? = nil,
    base: Int = 256, widths: [Int] = [64, 256, 1024], seeds: [Int] = [0, 1], steps: Int = 5,
    learningRate: Double? = nil,
    workers: Int = ParallelJobs.processors, sampling: Sampling = .fixed
  ) {
    (self.program, self.optimizer, self.parametrization) = (program, optimizer, parametrization)
    (self.weights, self.base, self.widths, self.seeds, self.steps) = (weights, base, widths, seeds, steps)
    (self.learningRate, self.workers, self.sampling) = (learningRate ?? optimizer.defaultRate, workers, sampling)
  }

  /// Trains at every width and seed, in double precision, and measures after each update.
  ///
  /// The result is the same for any number of workers. A run that diverges is a finding, not an error: its numbers
  /// end there.
  ///
  /// Throws: ``AlignmentError``; ``ExperimentError`` for seeds, steps or a rate that make no sense;
  /// ``ProgramError/unknownWeight(_:known:)``; ``DataError`` if the data do not fit the program; ``ProgramError`` if a
  /// dimension has no size at some width; ``TrainingError`` if a run cannot begin.
  public func run(
    on data: any DataSource, progress: (@Sendable (_ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> AlignmentResult {
    try validate()
    let expected = try program.expectedAlignments(parametrization, optimizer: optimizer, steps: steps)
    let trained = try TrainingProgram(program, optimizer, under: [parametrization])
    let uses = trained.stepped.weightContractions
    guard !uses.isEmpty else { throw AlignmentError.nothingContracted(program: program.name) }

    let widths = Set(self.widths).sorted()
    var recipe = Recipe(
      trained, parametrization, base: base, width: 1, learningRate: learningRate, schedule: try Schedule(steps: steps),
      data: data, order: DataOrder(sampling), precision: .double)
    // Data that do not fit are refused before anything is trained.
    let experiments = try widths.flatMap { width in
      try seeds.map { seed in
        (recipe.width, recipe.seed) = (width, UInt64(bitPattern: Int64(seed)))
        return Experiment(try recipe.setUp(), AlignmentObserver(uses: uses))
      }
    }
    let meter = ProgressMeter(total: experiments.reduce(0) { $0 + $1.setup.recipe.costOfRun }, report: progress)
    let records = try Runner(workers: workers, sharesLargeRuns: false).run(experiments) {
      meter.advance($0.costOfStep)
    }
    let byWidth = widths.indices.map { Array(records[$0 * seeds.count..<($0 + 1) * seeds.count]) }
    return try AlignmentResult(self, trained.stepped, uses, widths: widths, records: byWidth, expected: expected)
  }

  private func validate() throws {
    guard !widths.isEmpty, widths.allSatisfy({ $0 > 0 }), base > 0 else { throw AlignmentError.widths(widths) }
    guard !seeds.isEmpty else { throw ExperimentError.seeds }
    guard (1...Recipe.mostSteps).contains(steps) else { throw AlignmentError.steps(steps) }
    guard learningRate.isFinite, learningRate >= 0 else { throw ExperimentError.learningRate(learningRate) }
    let known = program.weights.map { program[$0.id].name }
    for name in weights ?? [] where !known.contains(where: { $0.fits(name) }) {
      throw ProgramError.unknownWeight(name, known: known)
    }
  }
}

/// What can be wrong with the settings of a measurement of alignment.
public enum AlignmentError: Error, Sendable, Equatable, CustomStringConvertible {
  case widths([Int])
  case steps(Int)
  /// No weight is contracted over an axis that grows.
  case nothingContracted(program: String)

  public var description: String {
    switch self {
    case .widths(let widths):
      "at least one width is needed, each at least 1; given: "
        + (widths.isEmpty ? "none" : widths.map { "\($0)" }.joined(separator: ", "))
    case .steps(let steps):
      "alignment is that of changes: 1 to \(Recipe.mostSteps) updates are needed, not \(steps)"
    case .nothingContracted(let program):
      "no weight of \"\(program)\" is contracted over an axis that grows with the width; give a dimension a size such as n"
    }
  }
}

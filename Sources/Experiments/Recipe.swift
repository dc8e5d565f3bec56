public import Scaling
public import TensorPrograms
public import Training
public import TrainingData

/// All that decides the numbers of a training run: program, parametrization, width, learning rate, schedule, data,
/// seeds.
///
///     let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
///     var recipe = Recipe(
///       try TrainingProgram(program, .adam(), under: [rules]), rules, base: 256, width: 64,
///       schedule: try Schedule(steps: 5), data: try DataKind.named("digits"))
///     recipe.width = 1024
///     let run: TrainingRun<Float> = try recipe.setUp().run()
///     while !run.isFinished { print(try run.step().loss) }
///
/// Two runs of one recipe have the same bits, if their steps take the same number of threads. (One thread, except for
/// large runs: ``Runner``.)
public struct Recipe: Sendable {
  public var program: TrainingProgram
  public var parametrization: Parametrization
  /// The width at which the parametrization's numbers are the standard ones.
  public var base: Int
  public var width: Int
  /// The learning rate at the base width.
  public var learningRate: Double
  /// The seed of the initial weights.
  public var seed: UInt64
  /// The number of steps, and how the learning rate changes over them.
  public var schedule: Schedule
  /// How the number of examples of a step grows; one batch of the program a step if nil.
  public var ramp: BatchRamp?
  public var data: any DataSource
  public var order: DataOrder
  /// The seed of the order of the examples.
  public var dataSeed: UInt64
  public var precision: Precision
  /// The weight decay by the name of the weight; 0 where none is given.
  public var decay: [String: Double] = [:]
  /// Factors on the optimizer's epsilons; 1 where none is given.
  public var epsilons: [EpsilonOwner: Double] = [:]

  /// The most updates of a run where runs are compared.
  public static let mostSteps = 10_000

  /// - Parameter learningRate: The optimizer's usual one if nil.
  public init(
    _ program: TrainingProgram, _ parametrization: Parametrization, base: Int, width: Int, learningRate: Double? = nil,
    seed: UInt64 = 0, schedule: Schedule, ramp: BatchRamp? = nil, data: any DataSource, order: DataOrder = .fixed,
    dataSeed: UInt64 = 0, precision: Precision = .float
  ) {
    (self.program, self.parametrization, self.base, self.width) = (program, parametrization, base, width)
    (self.learningRate, self.seed) = (learningRate ?? program.optimizer.defaultRate, seed)
    (self.schedule, self.ramp, self.data, self.order) = (schedule, ramp, data, order)
    (self.dataSeed, self.precision) = (dataSeed, precision)
  }

  /// The number of updates.
  public var steps: Int { schedule.steps }

  /// How long a step takes, compared with other widths of the same program.
  package var costOfStep: Double { Double(width) * Double(width + 256) }

  /// How long a run takes whose observer looks at the start and after each update.
  package var costOfRun: Double { costOfStep * Double(steps + 1) }
}

/// The precision in which a run is computed.
public enum Precision: String, Sendable, Codable, CaseIterable { case float, double }

/// How a run goes through its data.
public enum DataOrder: String, Sendable, Codable, CaseIterable {
  /// The same batch at every step (``Sampling/fixed``).
  case fixed
  /// The same batch at every step, not a balanced one (``Sampling/skewed``).
  case skewed
  /// Another batch at every step (``Sampling/fresh``): epochs of whole batches, or draws.
  case fresh
  /// All rows of a table in one random order after another, across the borders of batches.
  case permutations

  public init(_ sampling: Sampling) {
    self =
      switch sampling {
      case .fixed: .fixed
      case .skewed: .skewed
      case .fresh: .fresh
      }
  }

  var sampling: Sampling {
    switch self {
    case .fixed: .fixed
    case .skewed: .skewed
    case .fresh, .permutations: .fresh
    }
  }
}

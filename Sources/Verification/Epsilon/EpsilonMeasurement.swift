public import Exact
import Experiments
import Gallery
public import Scaling
public import TensorPrograms
import Tensors
import Training
public import TrainingData

/// Measures at the base width what an optimizer's epsilons are added to, so that the derived exponents tell at which
/// width a constant epsilon takes over.
///
///     let program = try Architecture.mlp.program()
///     let measurement = EpsilonMeasurement(
///       program: program, optimizer: .adam, derivation: try program.maximalUpdate(optimizer: .adam))
///     for found in try measurement.run(on: DataKind.named("digits")) { print(found.owner, found.size, found.reach) }
public struct EpsilonMeasurement: Sendable {
  /// The forward program.
  public var program: Program
  public var optimizer: Optimizer
  /// The derivation for this program and optimizer, in the gauge that is trained.
  public var derivation: Derivation
  /// The width at which sizes are measured; the parametrization's numbers are the standard ones there.
  public var base: Int
  /// The learning rate at the base width.
  public var learningRate: Double
  public var seed: Int
  /// The number of updates before the measurement, enough for gradients that are zero at initialization to appear.
  public var steps: Int
  /// Replaces the optimizer's own value, for epsilons that have no part's name.
  public var epsilon: Double?

  /// - Parameter learningRate: the optimizer's usual one if nil.
  public init(
    program: Program, optimizer: Optimizer, derivation: Derivation, base: Int = 256, learningRate: Double? = nil,
    seed: Int = 0,
    steps: Int = 1, epsilon: Double? = nil
  ) {
    (self.program, self.optimizer, self.derivation) = (program, optimizer, derivation)
    (self.base, self.learningRate, self.seed) = (base, learningRate ?? optimizer.defaultRate, seed)
    (self.steps, self.epsilon) = (steps, epsilon)
  }

  /// Trains on one batch, and measures each guarded value in the step after. In the order of the derivation's weights;
  /// empty for an optimizer without epsilons.
  ///
  /// Throws: ``ExperimentError`` for a rate or a number of steps that makes no sense; ``DataError`` if the data do not
  /// fit the program; ``ProgramError`` if a dimension has no size at the base width; ``TrainingError`` if the run
  /// diverges, or if epsilon is negative or not finite.
  public func run(on data: any DataSource) throws -> [MeasuredEpsilon] {
    guard (0...Recipe.mostSteps).contains(steps) else { throw ExperimentError.steps(steps) }
    guard learningRate.isFinite, learningRate >= 0 else { throw ExperimentError.learningRate(learningRate) }
    let rules = derivation.parametrization
    let trained = try TrainingProgram(program, optimizer, under: [rules])
    var recipe = Recipe(
      trained, rules, base: base, width: base, learningRate: learningRate, seed: UInt64(bitPattern: Int64(seed)),
      schedule: try Schedule(steps: steps), data: data, precision: .double)
    var epsilons: [EpsilonOwner: (value: ValueID, number: Double)] = [:]
    for own in trained.stepped.epsilons {
      var number = own.number
      if let epsilon, own.owner.part.isEmpty, own.number > 0 {
        number = epsilon
        recipe.epsilons[own.owner] = epsilon / own.number
      }
      epsilons[own.owner] = (own.value, number)
    }
    if epsilons.isEmpty { return [] }
    let values = Set(epsilons.values.map(\.value)).sorted { $0.index < $1.index }
    let sizes = try Experiment(try recipe.setUp(), LastSizes(values: values)).record()
    return try derivation.epsilonExponents().compactMap { found in
      guard let (value, number) = epsilons[found.owner], let size = sizes[value] else { return nil }
      return MeasuredEpsilon(
        owner: found.owner, epsilon: number, exponent: found.exponent, size: size,
        reach: EpsilonReach(epsilon: number, size: size, exponent: found.exponent, base: base))
    }
  }
}

/// An epsilon beside what it is added to.
public struct MeasuredEpsilon: Sendable, Hashable {
  public var owner: EpsilonOwner
  /// The constant.
  public var epsilon: Double
  /// The exponent that it must have to stay as small as it is in proportion to the value.
  public var exponent: Rational
  /// The root mean square of the value at the base width.
  public var size: Double
  /// The widths at which it is larger than the value, if constant.
  public var reach: EpsilonReach
}

/// Trains to the end, and measures the root mean square of values in the step that would be next.
private struct LastSizes: TrialObserver {
  let values: [ValueID]

  func record<T: Element>(_ trial: Trial<T>) throws -> [ValueID: Double] {
    while !trial.run.isFinished { _ = try trial.run.step() }
    var sizes: [ValueID: Double] = [:]
    try trial.trainer.compute(values, on: trial.setup.batches.trainingBatch(0)) {
      sizes[$0] = Statistics.rootMeanSquare($1)
    }
    return sizes
  }
}

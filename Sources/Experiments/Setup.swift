import Scaling
public import Tensors
public import Training
public import TrainingData

/// A recipe with its numbers and batches: all that a run needs, checked before anything is trained.
public struct Setup: Sendable {
  public let recipe: Recipe
  /// The values of the run parameters and initial sizes at the recipe's width.
  public let numbers: Hyperparameters
  /// The batches, fitted to the program's inputs.
  public let batches: BatchSource

  fileprivate init(_ recipe: Recipe) throws {
    self.recipe = recipe
    batches = try recipe.data.batches(
      for: recipe.program.forward, width: recipe.width, sampling: recipe.order.sampling, seed: recipe.dataSeed)
    if recipe.order == .permutations { _ = try batches.rowCount() }
    numbers = try recipe.numbers()
  }

  /// A trainer with the initial weights.
  ///
  /// Throws: as ``Trainer/init(_:width:numbers:seed:threads:)``.
  public func trainer<T: Element>(_: T.Type = T.self, threads: Int = 1) throws -> Trainer<T> {
    try Trainer<T>(
      recipe.program.stepped, width: recipe.width, numbers: numbers, seed: recipe.seed, threads: threads)
  }

  /// The run before its first step, with a trainer that ``trainer(_:threads:)`` made for this recipe, or with a new
  /// one.
  ///
  /// Throws: as ``trainer(_:threads:)``.
  public func run<T: Element>(with trainer: Trainer<T>? = nil, threads: Int = 1) throws -> TrainingRun<T> {
    TrainingRun(
      try trainer ?? self.trainer(threads: threads), schedule: recipe.schedule, ramp: recipe.ramp,
      batchSize: batches.batchSize, batch: try batchOfNumber())
  }

  /// With ``DataOrder/permutations``, the rows of all batches, one batch after the other.
  ///
  /// Throws: ``DataError/noTable(data:)``.
  public func permutedRows() throws -> [Int] {
    let size = batches.batchSize
    let batchesOfStep = max(1, (recipe.ramp?.last ?? 1) / size)
    return try batches.order(seed: recipe.dataSeed, count: recipe.steps * batchesOfStep * size)
  }

  private func batchOfNumber() throws -> (Int) -> Batch {
    let (source, size) = (batches, batches.batchSize)
    switch recipe.order {
    case .fixed, .skewed:
      let only = source.trainingBatch(0)
      return { _ in only }
    case .fresh: return { source.trainingBatch($0) }
    case .permutations:
      let rows = try permutedRows()
      return { source.trainingBatch(rows: Array(rows[$0 * size..<($0 + 1) * size])) }
    }
  }
}

extension Recipe {
  /// All that a run of this recipe needs.
  ///
  /// Throws: ``DataError`` if the data do not fit the program; ``ProgramError`` if a dimension has no size at a width.
  public func setUp() throws -> Setup { try Setup(self) }

  /// The values of the program's run parameters.
  fileprivate func numbers() throws -> Hyperparameters {
    var numbers = try Hyperparameters(parametrization, width: width, base: base, learningRate: learningRate)
    numbers.decay = decay
    numbers.epsilon = epsilons
    return numbers
  }
}

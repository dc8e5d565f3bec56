public import TensorPrograms
public import Tensors
public import Training

/// A run of a recipe, as its observer receives it.
public struct Trial<T: Element> {
  public let setup: Setup
  /// The run before its first step; the observer makes the steps.
  public let run: TrainingRun<T>
  /// The number of threads of a step.
  public let threads: Int
  private let memory: TrialMemory<T>
  private let tellOfStep: () -> Void

  init(_ setup: Setup, threads: Int, memory: TrialMemory<T>, tellOfStep: @escaping () -> Void) throws {
    (self.setup, self.threads, self.memory, self.tellOfStep) = (setup, threads, memory, tellOfStep)
    run = try setup.run(with: memory.trainer(setup, threads: threads))
  }

  public var recipe: Recipe { setup.recipe }
  public var trainer: Trainer<T> { run.trainer }

  /// Reports progress. To be called once for the start and once for each update, whether it was made or not.
  public func advance() { tellOfStep() }

  /// Another trainer of the same width, for the forward pass of the same network with another batch; its weights are to
  /// be copied from this run's (``Trainer/copyWeights(from:)``).
  ///
  /// Throws: as ``Trainer/init(_:width:numbers:seed:threads:)``.
  public func evaluator(_ program: Program) throws -> Trainer<T> {
    try memory.evaluator(program, setup, threads: threads)
  }
}

/// Makes the steps of a run, and records what is wanted of it.
public protocol TrialObserver {
  associatedtype Record: Sendable

  func record<T: Element>(_ trial: Trial<T>) throws -> Record
}

/// The trainers that runs in a chain reuse: one for training, and one for evaluation.
final class TrialMemory<T: Element> {
  private var trainer: (Trainer<T>, text: String, threads: Int)?
  private var evaluator: (Trainer<T>, text: String, threads: Int)?

  /// A trainer at the start of a run: the last one, if it has the same program, width and threads, or else a new one.
  func trainer(_ setup: Setup, threads: Int) throws -> Trainer<T> {
    let recipe = setup.recipe
    if let (kept, text, count) = trainer, text == recipe.program.text, kept.width == recipe.width, count == threads {
      try kept.restart(seed: recipe.seed, numbers: setup.numbers)
      return kept
    }
    trainer = nil
    let new = try setup.trainer(T.self, threads: threads)
    trainer = (new, recipe.program.text, threads)
    return new
  }

  func evaluator(_ program: Program, _ setup: Setup, threads: Int) throws -> Trainer<T> {
    let (width, text) = (setup.recipe.width, program.text)
    // Nothing is trained: rates, decay and epsilons have no place here.
    let numbers = Hyperparameters(initial: setup.numbers.initial, multiplier: setup.numbers.multiplier)
    if let (kept, known, count) = evaluator, known == text, kept.width == width, count == threads,
      kept.numbers.multiplier == numbers.multiplier
    {
      return kept
    }
    evaluator = nil
    let new = try Trainer<T>(
      program, width: width, numbers: numbers, seed: setup.recipe.seed, threads: threads)
    evaluator = (new, text, threads)
    return new
  }
}

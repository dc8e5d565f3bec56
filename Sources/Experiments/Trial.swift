public import TensorPrograms
public import Tensors
public import Training

/// A run of a recipe, handed to whoever observes it.
public struct Trial<T: Element> {
  public let setup: Setup
  /// At its beginning; to be stepped by the observer.
  public let run: TrainingRun<T>
  /// Of a step.
  public let threads: Int
  private let memory: TrialMemory<T>
  private let tellOfStep: () -> Void

  init(_ setup: Setup, threads: Int, memory: TrialMemory<T>, tellOfStep: @escaping () -> Void) throws {
    (self.setup, self.threads, self.memory, self.tellOfStep) = (setup, threads, memory, tellOfStep)
    run = try setup.run(with: memory.trainer(setup, threads: threads))
  }

  public var recipe: Recipe { setup.recipe }
  public var trainer: Trainer<T> { run.trainer }

  /// To be called once for the start and once for each update, made or not, so that the progress can be told.
  public func advance() { tellOfStep() }

  /// Another trainer of the same width, for the forward pass of the same network with another batch; its weights are to be
  /// copied from this run's (``Trainer/copyWeights(from:)``).
  ///
  /// Throws: as ``Trainer/init(_:width:numbers:seed:threads:)``.
  public func evaluator(_ program: Program) throws -> Trainer<T> {
    try memory.evaluator(program, setup, threads: threads)
  }
}

/// Who observes a run: makes its steps, and records what it wants to know.
public protocol TrialObserver {
  associatedtype Record: Sendable

  func record<T: Element>(_ trial: Trial<T>) throws -> Record
}

/// The trainers of runs that follow one another: one for the same program and width, and one for its evaluation.
final class TrialMemory<T: Element> {
  private var trainer: (Trainer<T>, text: String, threads: Int)?
  private var evaluator: (Trainer<T>, text: String, threads: Int)?

  /// A trainer at the start of a run: the one that is kept, if it is of the same program, width and threads.
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
    if let (kept, known, count) = evaluator, known == text, kept.width == width, count == threads,
      kept.numbers.multiplier == setup.numbers.multiplier
    {
      return kept
    }
    evaluator = nil
    let new = try Trainer<T>(
      program, width: width, numbers: setup.numbers, seed: setup.recipe.seed, threads: threads)
    evaluator = (new, text, threads)
    return new
  }
}

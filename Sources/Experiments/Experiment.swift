import Tensors

/// A run to be made, and the observer that records what is wanted of it.
public struct Experiment<Observer: TrialObserver> {
  public let setup: Setup
  public let observer: Observer

  public init(_ setup: Setup, _ observer: Observer) { (self.setup, self.observer) = (setup, observer) }

  /// Makes the run, with `threads` threads for each step, and returns the observer's record.
  ///
  /// Throws: ``TrainingError`` if the run cannot begin; what the observer throws.
  public func record(threads: Int = 1) throws -> Observer.Record {
    try record(threads: threads, in: ChainMemory()) {}
  }

  func record(
    threads: Int, in memory: ChainMemory, tellOfStep: @escaping () -> Void
  ) throws -> Observer.Record {
    func record<T: Element>(_ memory: TrialMemory<T>) throws -> Observer.Record {
      try observer.record(Trial(setup, threads: threads, memory: memory, tellOfStep: tellOfStep))
    }
    return switch setup.recipe.precision {
    case .float: try record(memory.float)
    case .double: try record(memory.double)
    }
  }
}

extension Experiment: Sendable where Observer: Sendable {}

/// The trainers that experiments in a chain reuse.
final class ChainMemory {
  let float = TrialMemory<Float>()
  let double = TrialMemory<Double>()
}

import Tensors

/// A recipe with what is to be observed of its run.
public struct Experiment<Observer: TrialObserver> {
  public let setup: Setup
  public let observer: Observer

  public init(_ setup: Setup, _ observer: Observer) { (self.setup, self.observer) = (setup, observer) }

  /// Carries the run out on this thread, by steps on `threads` threads.
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

/// What experiments that follow one another have in common.
final class ChainMemory {
  let float = TrialMemory<Float>()
  let double = TrialMemory<Double>()
}

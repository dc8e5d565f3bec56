import Dispatch

/// Runs many independent jobs, such as trainings of other widths, seeds and learning rates, on several threads.
///
///     let losses = try SideBySide.run(seeds, workers: 2) { seed in try train(seed: seed) }
///
/// Each job gives what it would give alone, provided that its trainer takes one thread.
public enum SideBySide {
  /// The processors of this machine.
  public static var processors: Int { ProcessorCount.active }

  /// Returns the results in the order of the jobs.
  ///
  /// - Parameters:
  ///   - workers: The most jobs that run at a time; at least 1.
  ///   - progress: Is told after each job how many are done and how many there are, by one thread at a time; if it
  ///     returns false, no more jobs begin.
  ///
  /// Throws: the error of the first job, in their order, that threw one (jobs after it may not have begun);
  /// `CancellationError` if `progress` returned false before all were done.
  public static func run<Job: Sendable, Result: Sendable>(
    _ jobs: [Job], workers: Int = SideBySide.processors,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil,
    _ body: @Sendable (Job) throws -> Result
  ) throws -> [Result] {
    let state = Locked(State<Result>(jobs.count))
    // The threads are joined before this returns.
    withoutActuallyEscaping(body) { body in
      DispatchQueue.concurrentPerform(iterations: max(1, min(workers, jobs.count))) { _ in
        while let next = state.withLock({ $0.begin() }) {
          let outcome = Swift.Result { try body(jobs[next]) }
          state.withLock { $0.finish(next, outcome, progress) }
        }
      }
    }
    return try state.withLock { state in
      for case .failure(let error)? in state.outcomes { throw error }
      if state.isCancelled { throw CancellationError() }
      return try state.outcomes.compactMap { try $0?.get() }
    }
  }

  private struct State<Result: Sendable> {
    var outcomes: [Swift.Result<Result, any Error>?]
    var next = 0
    var done = 0
    var isStopped = false
    var isCancelled = false

    init(_ count: Int) { outcomes = Array(repeating: nil, count: count) }

    /// Jobs begin in order, so that all before a failed one have begun.
    mutating func begin() -> Int? {
      guard !isStopped, next < outcomes.count else { return nil }
      defer { next += 1 }
      return next
    }

    mutating func finish(
      _ job: Int, _ outcome: Swift.Result<Result, any Error>, _ progress: ((Int, Int) -> Bool)?
    ) {
      outcomes[job] = outcome
      if case .failure = outcome { isStopped = true }
      done += 1
      if let progress, !progress(done, outcomes.count), done < outcomes.count {
        (isStopped, isCancelled) = (true, true)
      }
    }
  }
}

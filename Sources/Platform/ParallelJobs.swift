import Foundation

/// Runs many independent jobs, such as trainings of other widths, seeds and learning rates, on several threads.
///
///     let losses = try ParallelJobs.run(seeds, workers: 2) { seed in try train(seed: seed) }
public enum ParallelJobs {
  /// The processors that this process may use.
  public static let processors = max(1, ProcessInfo.processInfo.activeProcessorCount)

  /// Returns the results in the order of the jobs.
  ///
  /// - Parameters:
  ///   - workers: The most jobs that run at a time; at least 1.
  ///   - progress: Called after each job with how many are done and how many there are, by one thread at a time; if it
  ///     returns false, no more jobs begin.
  ///
  /// Throws: the error of the first job, in their order, that threw one (jobs after it may not have begun);
  /// `CancellationError` if `progress` returned false before all were done.
  public static func run<Job: Sendable, Result: Sendable>(
    _ jobs: [Job], workers: Int = ParallelJobs.processors,
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

  /// As ``run(_:workers:progress:_:)``, for jobs that may use several threads themselves: those come first, one at a
  /// time, so that the memory of only one of them is in use; then the others, `workers` at a time. Returns the results
  /// in the order of the jobs.
  ///
  /// - Parameter threads: How many threads a job uses.
  ///
  /// Throws: as that does.
  public static func run<Job: Sendable, Result: Sendable>(
    _ jobs: [Job], threads: (Job) -> Int, workers: Int,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil, _ body: @Sendable (Job) throws -> Result
  ) throws -> [Result] {
    let large = jobs.indices.filter { threads(jobs[$0]) > 1 }
    let small = jobs.indices.filter { threads(jobs[$0]) <= 1 }
    let count = jobs.count
    let isCancelled = Locked(false)
    func report(after start: Int) -> @Sendable (Int, Int) -> Bool {
      { done, _ in
        let goesOn = progress?(start + done, count) ?? true
        if !goesOn { isCancelled.withLock { $0 = true } }
        return goesOn
      }
    }
    let first = try run(large, workers: 1, progress: report(after: 0)) { try body(jobs[$0]) }
    if !small.isEmpty, isCancelled.withLock({ $0 }) { throw CancellationError() }
    let second = try run(small, workers: workers, progress: report(after: large.count)) { try body(jobs[$0]) }
    return zip(large + small, first + second).sorted { $0.0 < $1.0 }.map(\.1)
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

public import TensorPrograms

/// Small runs side by side, a thread each; large ones one at a time over all threads, so that the weights and states of
/// one of them only are in memory and go through the cache.
public enum LargeRuns {
  /// A run with more weights is large. The number is one of the work, not of the load, so that the bits of a run do not
  /// depend on what runs beside it.
  public static let weights = 1 << 22

  /// The threads that a run of a program takes at a width.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at this width.
  public static func threads(_ program: Program, width: Int, workers: Int) throws -> Int {
    let count = try program.weights.reduce(0.0) { sum, weight in
      sum
        + (try program[weight.id].axes.reduce(1) {
          $0 * Double(try $1.dimension.size.value(at: width, of: $1.dimension.name))
        })
    }
    return count > Double(weights) ? max(1, workers) : 1
  }

  /// As ``SideBySide/run(_:workers:progress:_:)``, with the jobs that take several threads one after the other, before the
  /// others. Returns the results in the order of the jobs.
  ///
  /// Throws: as that does.
  public static func run<Job: Sendable, Result: Sendable>(
    _ jobs: [Job], threads: (Job) -> Int, workers: Int,
    progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil, _ body: @Sendable (Job) throws -> Result
  ) throws -> [Result] {
    let large = jobs.indices.filter { threads(jobs[$0]) > 1 }
    let small = jobs.indices.filter { threads(jobs[$0]) <= 1 }
    let count = jobs.count
    let isStopped = Locked(false)
    func told(from start: Int) -> @Sendable (Int, Int) -> Bool {
      { done, _ in
        let goesOn = progress?(start + done, count) ?? true
        if !goesOn { isStopped.withLock { $0 = true } }
        return goesOn
      }
    }
    let first = try SideBySide.run(large, workers: 1, progress: told(from: 0)) { try body(jobs[$0]) }
    if !small.isEmpty, isStopped.withLock({ $0 }) { throw CancellationError() }
    let second = try SideBySide.run(small, workers: workers, progress: told(from: large.count)) { try body(jobs[$0]) }
    return zip(large + small, first + second).sorted { $0.0 < $1.0 }.map(\.1)
  }
}

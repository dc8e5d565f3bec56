public import Platform
import TensorPrograms
import Training

/// Makes the runs of many experiments: small ones in parallel, and alike ones one after another in the same memory.
///
///     let losses = try Runner(workers: 2).run(recipes.map { Experiment(try $0.setUp(), LossObserver()) })
///
/// The records do not depend on which runs share memory, nor on how many go side by side.
public struct Runner: Sendable {
  /// The number of threads: one for each of several parallel runs, or all for one large run.
  public var workers: Int
  /// Whether runs of more weights than ``TensorPrograms/Program/mostWeightsOfOneThread`` go one at a time over all
  /// workers, so that only one of them is in memory. Their bits are then those of steps on as many threads.
  public var sharesLargeRuns: Bool

  public init(workers: Int = ParallelJobs.processors, sharesLargeRuns: Bool = true) {
    (self.workers, self.sharesLargeRuns) = (max(1, workers), sharesLargeRuns)
  }

  /// The threads of a step of a recipe's run.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)``.
  public func threads(of recipe: Recipe) throws -> Int {
    sharesLargeRuns ? try recipe.program.stepped.trainingThreads(width: recipe.width, workers: workers) : 1
  }

  /// Makes every run, the widest first, and returns the records in the order of the experiments.
  ///
  /// - Parameter advance: Told of each step (``Trial/advance()``) of a recipe, by several threads.
  ///
  /// Throws: ``TrainingError`` if a run cannot begin; what an observer throws.
  public func run<Observer: TrialObserver & Sendable>(
    _ experiments: [Experiment<Observer>], advance: @escaping @Sendable (Recipe) -> Void = { _ in }
  ) throws -> [Observer.Record] {
    let chains = try chains(experiments.map(\.setup.recipe))
    let records = try run(chains: chains.map { $0.map { experiments[$0] } }, advance: advance)
    return zip(chains.joined(), records.joined()).sorted { $0.0 < $1.0 }.map(\.1)
  }

  /// Makes runs in chains, each in the memory of the one before it, and returns the records chain by chain.
  ///
  /// - Parameter progress: Told after each chain how many are done and how many there are, by one thread at a time; if
  ///   it returns false, no more chains begin.
  ///
  /// Throws: as ``run(_:advance:)``; `CancellationError` if `progress` returned false before all were done.
  public func run<Observer: TrialObserver & Sendable>(
    chains: [[Experiment<Observer>]], progress: (@Sendable (_ done: Int, _ of: Int) -> Bool)? = nil,
    advance: @escaping @Sendable (Recipe) -> Void = { _ in }
  ) throws -> [[Observer.Record]] {
    let jobs = try chains.map { chain in
      (chain: chain, threads: try chain.map { try threads(of: $0.setup.recipe) }.max() ?? 1)
    }
    return try ParallelJobs.run(jobs, threads: \.threads, workers: workers, progress: progress) { job in
      let memory = ChainMemory()
      return try job.chain.map { experiment in
        let recipe = experiment.setup.recipe
        return try experiment.record(threads: job.threads, in: memory) { advance(recipe) }
      }
    }
  }

  /// Runs of one program, width and precision follow one another in the memory of one trainer, in as many chains as
  /// there are workers, or in one if they are large.
  private func chains(_ recipes: [Recipe]) throws -> [[Int]] {
    var groups: [[Int]] = []
    var known: [MemoryKey: Int] = [:]
    for (i, recipe) in recipes.enumerated() {
      let key = MemoryKey(text: recipe.program.text, precision: recipe.precision, width: recipe.width)
      if let group = known[key] {
        groups[group].append(i)
      } else {
        known[key] = groups.count
        groups.append([i])
      }
    }
    groups.sort { (-recipes[$0[0]].width, $0[0]) < (-recipes[$1[0]].width, $1[0]) }
    return try groups.flatMap { group in
      let parts = try threads(of: recipes[group[0]]) > 1 ? 1 : min(workers, group.count)
      return (0..<parts).map { Array(group[group.count * $0 / parts..<group.count * ($0 + 1) / parts]) }
    }
  }
}

private struct MemoryKey: Hashable {
  var text: String
  var precision: Precision
  var width: Int
}

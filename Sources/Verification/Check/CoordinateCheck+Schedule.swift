import Platform
import Scaling
import TensorPrograms
import Training
import TrainingData

/// A check with all that its runs need.
struct PreparedCheck: Sendable {
  let check: CoordinateCheck
  let stepped: Program
  /// Programs of the same text have trainers in common.
  let text: String
  let expected: [Prediction]
  let values: [ValueID]
  let weights: [ValueID]
  private let sources: [Int: BatchSource]

  /// Data that do not fit are refused before anything is trained.
  init(_ check: CoordinateCheck, _ data: any DataSource) throws {
    let program = check.program
    expected =
      try check.predictions
      ?? program.predictions(check.parametrization, optimizer: check.optimizer, steps: check.steps)
    let multiplied = Set(check.parametrization.weights.filter { !$0.multiplier.isZero }.map(\.name))
    let stepped = try program.withWeightMultipliers(multiplied).withStep(check.optimizer)
    let known = Set(expected.map(\.name))
    let named = stepped.namedValues.filter { !stepped[$0].axes.isEmpty && known.contains(stepped[$0].name) }
    weights = check.measuresWeights ? stepped.weights.map(\.id).filter { known.contains(stepped[$0].name) } : []
    values = named + weights
    guard !values.isEmpty else { throw CheckError.nothingNamed(program: program.name) }
    var sources: [Int: BatchSource] = [:]
    for width in check.widths {
      sources[width] = try data.batches(for: program, width: width, sampling: check.sampling)
    }
    (self.check, self.stepped, self.sources) = (check, stepped, sources)
    text = stepped.text
  }

  var widths: [Int] { Set(check.widths).sorted() }

  func source(at width: Int) throws -> BatchSource {
    guard let source = sources[width] else { throw CheckError.widths(check.widths) }
    return source
  }
}

extension CoordinateCheck {
  /// The threads of a run at a width: all workers if it is large (``Program/trainingThreads(width:workers:)``), else 1.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)``.
  public func threads(at width: Int) throws -> Int {
    try program.trainingThreads(width: width, workers: workers)
  }
}

/// Runs of several checks in an order that is fast and needs little memory.
///
/// Runs of one program and width follow one another in the memory of one trainer; large ones, which take several threads,
/// one at a time.
struct CheckSchedule {
  /// Runs one after the other: positions of checks, and their seeds.
  private struct Chain: Sendable {
    var width: Int
    var threads: Int
    var runs: [(check: Int, seed: Int)]
  }

  let checks: [PreparedCheck]
  let workers: Int

  /// The records of each check, in no particular order.
  func records(
    widths: [[Int]], advance: @Sendable @escaping (CheckRun.Job) -> Void
  ) throws -> [[CheckRun.Record]] {
    var chains: [Chain] = []
    for width in Set(widths.joined()).sorted(by: >) {
      for (first, prepared) in checks.enumerated() where !checks[..<first].contains(where: { shares($0, prepared) }) {
        let runs = checks.indices.filter { shares(checks[$0], prepared) && widths[$0].contains(width) }
          .flatMap { check in checks[check].check.seeds.map { (check: check, seed: $0) } }
        if runs.isEmpty { continue }
        let threads = try prepared.stepped.trainingThreads(width: width, workers: workers)
        if threads > 1 {
          chains.append(Chain(width: width, threads: threads, runs: runs))
        } else {
          let parts = max(1, min(workers, runs.count))
          for part in 0..<parts {
            let own = runs[runs.count * part / parts..<runs.count * (part + 1) / parts]
            chains.append(Chain(width: width, threads: 1, runs: Array(own)))
          }
        }
      }
    }
    let found = try ParallelJobs.run(chains, threads: \.threads, workers: workers) { try train($0, advance) }
    var records = [[CheckRun.Record]](repeating: [], count: checks.count)
    for (check, record) in found.joined() { records[check].append(record) }
    return records
  }

  private func shares(_ one: PreparedCheck, _ other: PreparedCheck) -> Bool {
    one.text == other.text && one.check.precision == other.check.precision
  }

  private func train(
    _ chain: Chain, _ advance: @Sendable (CheckRun.Job) -> Void
  ) throws -> [(Int, CheckRun.Record)] {
    var (float, double): (Trainer<Float>?, Trainer<Double>?)
    return try chain.runs.map { run in
      let job = CheckRun.Job(width: chain.width, seed: run.seed)
      let prepared = checks[run.check]
      let own = CheckRun(prepared: prepared, job: job, threads: chain.threads)
      let record =
        switch prepared.check.precision {
        case .float: try own.record(&float) { advance(job) }
        case .double: try own.record(&double) { advance(job) }
        }
      return (run.check, record)
    }
  }
}

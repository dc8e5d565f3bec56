import Scaling
import TensorPrograms
import Training

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
  init(_ check: CoordinateCheck, _ data: DataSource) throws {
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
  /// The threads of a run at a width: 1, or all workers if it has more weights than goes well side by side.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)``.
  public func threads(at width: Int) throws -> Int {
    try program.weightCount(at: width) > CheckSchedule.large ? max(1, workers) : 1
  }
}

extension Program {
  fileprivate func weightCount(at width: Int) throws -> Int {
    try weights.reduce(0) { sum, weight in
      sum
        + (try self[weight.id].axes.reduce(1) { $0 * (try $1.dimension.size.value(at: width, of: $1.dimension.name)) })
    }
  }
}

/// Runs of several checks in an order that is fast and needs little memory.
///
/// Runs of one program and width follow one another in the memory of one trainer. Small ones go side by side, a thread
/// each; large ones one at a time over all threads, so that the weights of one run only are in memory.
struct CheckSchedule {
  /// Runs one after the other: positions of checks, and their seeds.
  private struct Chain: Sendable {
    var width: Int
    var threads: Int
    var runs: [(check: Int, seed: Int)]
    var cost: Double { CheckRun.Job(width: width, seed: 0).cost * Double(runs.count) }
  }

  /// Weights of more scalars make a run large: with an optimizer's states they would drive those of another run out of
  /// the cache. The number depends on the work alone, so that the bits of a run do not depend on what runs beside it.
  static let large = 1 << 21

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
        if try prepared.stepped.weightCount(at: width) > CheckSchedule.large {
          chains.append(Chain(width: width, threads: workers, runs: runs))
        } else {
          let parts = max(1, min(workers, runs.count))
          for part in 0..<parts {
            let own = runs[runs.count * part / parts..<runs.count * (part + 1) / parts]
            chains.append(Chain(width: width, threads: 1, runs: Array(own)))
          }
        }
      }
    }
    let alone = chains.filter { $0.threads > 1 }
    let beside = chains.filter { $0.threads == 1 }
    var found = try alone.map { try train($0, advance) }
    found += try SideBySide.run(beside, workers: workers) { try train($0, advance) }
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

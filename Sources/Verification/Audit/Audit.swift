import Exact
import Experiments
import Foundation
public import Gallery
public import Platform
import Scaling
public import TensorPrograms
import Tensors
import TrainingData

/// The check checked: rules that are wrong by a power of the width are put to it one at a time, and it should say so; and the
/// derived rules, which it should not refute.
///
///     let audit = Audit(architectures: [.mlp], optimizers: [.adam], settings: AuditSettings(version: "0.1.0"))
///     for cell in try audit.run() { print(cell.cases.count { $0.verdict == .agrees }, "missed") }
public struct Audit: Sendable {
  public var architectures: [Architecture]
  public var optimizers: [Optimizer]
  public var settings: AuditSettings
  public var workers: Int

  public init(
    architectures: [Architecture], optimizers: [Optimizer], settings: AuditSettings,
    workers: Int = ParallelJobs.processors
  ) {
    (self.architectures, self.optimizers) = (architectures, optimizers)
    (self.settings, self.workers) = (settings, workers)
  }

  /// Returns the cells, architecture by architecture. An error in one is recorded in its cell; the others go on.
  ///
  /// - Parameters:
  ///   - record: holds finished cells and gets the others.
  ///   - progress: told the cell that is worked on, the fraction of its runs done and the seconds left for it.
  /// - Throws: ``RecordError``.
  public func run(
    record: CellRecord<AuditCell>? = nil,
    progress: (@Sendable (_ cell: String, _ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> [AuditCell] {
    try architectures.flatMap { architecture in
      try optimizers.map { optimizer in
        let name = "\(architecture.name), \(optimizer.word)"
        let (cell, isNew) = cell(architecture, optimizer, record) { progress?(name, $0, $1) }
        if isNew { try record?.add(cell) }
        return cell
      }
    }
  }

  /// The cell, and whether it was made now.
  private func cell(
    _ architecture: Architecture, _ optimizer: Optimizer, _ record: CellRecord<AuditCell>?,
    progress: @escaping @Sendable (Double, Double) -> Void
  ) -> (AuditCell, isNew: Bool) {
    let began = ContinuousClock.now
    var cell = AuditCell(
      architecture: architecture.name, optimizer: optimizer.word, derivation: "", possible: 0, cases: [],
      correct: .cannotTell, rows: 0, agree: 0, disagree: 0, mixed: 0, refuted: nil, seconds: 0, error: nil)
    do {
      let (program, data) = try architecture.subject(width: settings.widths.min() ?? 1)
      let derivation = try program.maximalUpdate(optimizer: optimizer)
      cell.derivation = TrainingProgram.fingerprint(
        text: try program.withStep(optimizer).text, derivation.parametrization)
      if let known = record?.current(cell.architecture, cell.optimizer, derivation: cell.derivation) {
        return (known, false)
      }
      var right = CoordinateCheck(
        program: program, optimizer: optimizer, parametrization: derivation.parametrization,
        predictions: try program.predictions(derivation.parametrization, optimizer: optimizer, steps: settings.steps),
        derivation: derivation, widths: settings.widths, seeds: Array(0..<settings.seeds), steps: settings.steps,
        workers: workers)
      right.regularization = try Audit.regularization(program, optimizer, derivation)
      let all = Mutation.all(derivation, right.regularization, by: settings.shifts)
      let mutations = Audit.sample(all, settings.sample)
      let checks =
        [right]
        + mutations.map { mutation in
          var wrong = right
          mutation.apply(to: &wrong)
          return wrong
        }
      let grids = try CoordinateCheck.run(checks, on: data, progress: progress).map(\.grid)
      (cell.possible, cell.correct, cell.rows) = (all.count, grids[0].verdict, grids[0].rows.count)
      (cell.agree, cell.disagree) = (grids[0].count(.agrees), grids[0].count(.disagrees))
      cell.mixed = grids[0].rows.count { $0.verdict == .cannotTell && $0.isMixture }
      cell.refuted = Audit.refuted(grids[0]).first
      cell.cases = zip(mutations, grids.dropFirst()).map { mutation, grid in
        AuditCell.Case(
          mutation: mutation, verdict: grid.verdict,
          isNamed: Audit.refuted(grid).contains { name in
            name == mutation.name || mutation.kind == .multiplier && grid.verdict == .disagrees
          })
      }
    } catch {
      cell.error = "\(error)"
    }
    cell.seconds = (ContinuousClock.now - began) / .seconds(1)
    return (cell, true)
  }

  /// The values and weights for which measurement contradicts a prediction or a promise.
  private static func refuted(_ grid: CheckGrid) -> [String] {
    grid.rows.filter { $0.verdict == .disagrees }.map(\.value)
      + grid.promises.filter { $0.verdict == .disagrees }.map(\.value)
  }

  /// What the optimizer has of decay and epsilons.
  private static func regularization(
    _ program: Program, _ optimizer: Optimizer, _ derivation: Derivation
  ) throws -> Regularization? {
    let stepped = try program.withStep(optimizer)
    let (hasDecay, epsilon) = (!stepped.decayTerms.isEmpty, stepped.epsilons.map(\.number).max())
    guard hasDecay || epsilon ?? 0 > 0 else { return nil }
    return try Regularization(
      program, optimizer, derivation, decay: hasDecay ? 0.1 : 0, epsilon: epsilon.flatMap { $0 > 0 ? $0 : nil })
  }

  /// So many of all, evenly spread, but not in step with how they follow one another.
  static func sample(_ all: [Mutation], _ count: Int?) -> [Mutation] {
    guard let count, count < all.count else { return all }
    return (0..<count).compactMap { k in
      all[all.count * k / count..<all.count * (k + 1) / count].min {
        StableHash.fnv1a($0.text) < StableHash.fnv1a($1.text)
      }
    }
  }
}

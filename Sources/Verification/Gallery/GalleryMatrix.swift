import Experiments
import Foundation
public import Gallery
public import Platform
import Scaling
public import TensorPrograms
import Training
import TrainingData

/// Derives and checks every given architecture under every given optimizer.
///
///     let gallery = GalleryMatrix(optimizers: [.sgd, .adam], settings: GallerySettings(version: "0.1.0"))
///     for cell in try gallery.run() { print(cell.architecture, cell.optimizer, cell.verdict) }
public struct GalleryMatrix: Sendable {
  public var architectures: [Architecture]
  public var optimizers: [Optimizer]
  public var settings: GallerySettings
  /// Cells side by side, a thread each.
  public var workers: Int

  public init(
    architectures: [Architecture] = Architecture.all, optimizers: [Optimizer], settings: GallerySettings,
    workers: Int = ParallelJobs.processors
  ) {
    (self.architectures, self.optimizers, self.settings) = (architectures, optimizers, settings)
    self.workers = workers
  }

  private struct Job: Sendable {
    var architecture: Architecture
    var optimizer: Optimizer
    var name: String { "\(architecture.name), \(optimizer.word)" }
  }

  /// Returns the cells, architecture by architecture. An error in one is recorded in its cell; the others go on.
  ///
  /// - Parameters:
  ///   - record: holds finished cells and gets the others. A recorded cell is checked again if it ended in an error, or
  ///     if by now another program or other exponents are derived.
  ///   - progress: told now and then the cell that is worked on, the fraction done and the seconds left.
  /// - Throws: ``GalleryError``; ``RecordError``; ``ExperimentError`` and ``ProgramError/option(_:)`` for settings that fit no cell.
  public func run(
    record: CellRecord<GalleryCell>? = nil,
    progress: (@Sendable (_ cell: String, _ fraction: Double, _ secondsLeft: Double) -> Void)? = nil
  ) throws -> [GalleryCell] {
    let jobs = architectures.flatMap { architecture in
      optimizers.map { Job(architecture: architecture, optimizer: $0) }
    }
    guard !jobs.isEmpty else { throw GalleryError.nothing }
    try validate()
    let current = Current()
    var report: (@Sendable (Double, Double) -> Void)?
    if let progress { report = { fraction, left in progress(current.name, fraction, left) } }
    let remaining = jobs.count { record?.cell($0.architecture.name, $0.optimizer.word) == nil }
    let meter = ProgressMeter(total: Double(remaining), report: report)
    return try ParallelJobs.run(jobs, workers: workers) { job in
      let (cell, isNew) = check(job, record) { part in
        if part == 0 { current.name = job.name }
        meter.advance(part)
      }
      if isNew { try record?.add(cell) }
      return cell
    }
  }

  /// The cell that was begun last.
  private final class Current: Sendable {
    private let state = Locked("")
    var name: String {
      get { state.withLock { $0 } }
      set { state.withLock { $0 = newValue } }
    }
  }

  /// The cell, and whether it was checked now. `advance` is told the parts of it that are done.
  private func check(
    _ job: Job, _ record: CellRecord<GalleryCell>?,
    advance: @escaping @Sendable (Double) -> Void
  ) -> (GalleryCell, isNew: Bool) {
    let began = ContinuousClock.now
    var cell = GalleryCell(architecture: job.architecture.name, optimizer: job.optimizer.word)
    let told = Locked(0.0)
    do {
      let (program, data) = try job.architecture.subject(
        settings.options(of: job.architecture), width: settings.base)
      let derived = try program.maximalUpdate(optimizer: job.optimizer)
      let stepped = try program.withStep(job.optimizer)
      cell.derivation = TrainingProgram.fingerprint(text: stepped.text, derived.parametrization)
      if let known = record?.current(cell.architecture, cell.optimizer, derivation: cell.derivation) {
        return (known, false)
      }
      advance(0)
      try admit(settings.base, program)
      let (admitted, refused) = split(program)
      (cell.data, cell.rate, cell.leftOut) = (data.name, job.optimizer.defaultRate, refused)
      let check = CoordinateCheck(
        program: program, optimizer: job.optimizer, parametrization: derived.parametrization, derivation: derived,
        base: settings.base, widths: admitted, seeds: Array(0..<settings.seeds), steps: settings.steps, workers: 1,
        limit: settings.limit)
      let result = try check.run(on: data) { fraction, _ in
        let part = told.withLock { told in
          defer { told = max(told, fraction) }
          return max(0, fraction - told)
        }
        advance(part)
      }
      cell.widths = result.widths
      cell.leftOut += admitted.filter { !result.widths.contains($0) }.map {
        .init(width: $0, reason: "more than \(settings.limit.formatted()) s were expected")
      }
      cell.fill(result.grid)
    } catch {
      cell.error = "\(error)"
    }
    cell.seconds = (ContinuousClock.now - began) / .seconds(1)
    advance(1 - told.withLock { $0 })
    return (cell, true)
  }

  /// The widths at which all dimensions have sizes, and the others with the reason.
  private func split(_ program: Program) -> (admitted: [Int], refused: [GalleryCell.LeftOut]) {
    var (admitted, refused) = ([Int](), [GalleryCell.LeftOut]())
    for width in settings.widths {
      do {
        try admit(width, program)
        admitted.append(width)
      } catch {
        refused.append(.init(width: width, reason: "\(error)"))
      }
    }
    return (admitted, refused)
  }

  /// Throws ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at this width.
  private func admit(_ width: Int, _ program: Program) throws {
    for dimension in program.dimensions { _ = try dimension.size.value(at: width, of: dimension.name) }
  }

  private func validate() throws {
    guard settings.widths.count > 1, settings.widths.allSatisfy({ $0 > 0 }), settings.base > 0 else {
      throw ExperimentError.widths(settings.widths)
    }
    guard settings.seeds > 0 else { throw ExperimentError.seeds }
    guard (0...Recipe.mostSteps).contains(settings.steps) else { throw ExperimentError.steps(settings.steps) }
    guard settings.limit.isFinite, settings.limit > 0 else { throw ExperimentError.limit(settings.limit) }
    for option in settings.options {
      let name = String(option.prefix { $0 != "=" })
      let isKnown = try architectures.contains { try settings.options(of: $0)[name] != nil }
      guard isKnown else {
        throw ProgramError.option("--with \(option): no architecture here has an option \"\(name)\"")
      }
    }
  }
}

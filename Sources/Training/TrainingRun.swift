public import TensorPrograms
public import Tensors

/// What a run is computed in: `Float` or `Double`.
public typealias TrainingScalar = Element

/// A training run: a trainer with schedules of its learning rate and its batch size, and its position in the data.
///
///     let run = try TrainingRun(
///       trainer, schedule: Schedule(.cosine, steps: 500, warmup: 50), batchSize: 64) { source.trainingBatch($0) }
///     while !run.isFinished { print(try run.step().loss) }
///     try run.save(to: "run.safetensors")
///
/// All random numbers of a run depend on counters: the initial weights on the seed, a batch on its number. A checkpoint
/// therefore holds the weights, the states and the counters, and a run that is restored from it goes on with the same
/// bits.
public final class TrainingRun<T: Element> {
  /// One step, as it is logged.
  public struct Step: Sendable, Equatable, Codable {
    /// Updates made, including this one.
    public var step: Int
    /// The mean loss of the step's examples, before the update.
    public var loss: Double
    /// The factor on every learning rate.
    public var factor: Double
    /// Examples in this step.
    public var examples: Int
  }

  public let trainer: Trainer<T>
  public let schedule: Schedule
  /// One batch a step if nil.
  public let ramp: BatchRamp?
  /// Examples in a batch of the program.
  public let batchSize: Int
  /// Batches of the program used so far; the number of the next.
  public private(set) var batches = 0
  private let batch: (Int) -> Batch

  /// - Parameter batch: The batch of a number from 0 on, the same whenever it is asked for.
  public init(
    _ trainer: Trainer<T>, schedule: Schedule, ramp: BatchRamp? = nil, batchSize: Int,
    batch: @escaping (Int) -> Batch
  ) {
    (self.trainer, self.schedule, self.ramp) = (trainer, schedule, ramp)
    (self.batchSize, self.batch) = (max(1, batchSize), batch)
  }

  public var isFinished: Bool { trainer.steps >= schedule.steps }

  /// One update, with as many batches as the ramp says.
  ///
  /// - Parameters:
  ///   - values: The values to observe before the update; none if the step has several batches.
  ///   - observe: As ``Trainer/step(_:observing:_:)`` calls it.
  ///
  /// Throws: as ``Trainer/step(_:observing:_:)`` and ``Trainer/step(accumulating:)`` do.
  public func step(
    observing values: [ValueID] = [],
    _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void = { _, _ in }
  ) throws -> Step {
    let factor = schedule.factor(at: trainer.steps)
    let (seen, isBeyond) = batches.multipliedReportingOverflow(by: batchSize)
    let count = ramp?.batches(of: batchSize, after: isBeyond ? .max : seen) ?? 1
    if count > 1, let value = values.first { throw TrainingError.notObservable(trainer.program[value].name) }
    trainer.rateFactor = factor
    let loss =
      count == 1
      ? try trainer.step(batch(batches), observing: values, observe)
      : try trainer.step(accumulating: (batches..<batches + count).lazy.map(batch))
    batches += count
    return Step(step: trainer.steps, loss: loss, factor: factor, examples: count * batchSize)
  }

  /// The trainer's checkpoint with the position in the data, and with settings that ``restore(_:settings:)`` compares.
  public func checkpoint(settings: [String: String] = [:]) -> Checkpoint {
    placed(trainer.checkpoint(), settings)
  }

  /// Writes ``checkpoint(settings:)`` to a file, without a copy of the weights in memory.
  ///
  /// Throws: ``CheckpointError/notWritten(file:reason:)``, after which the old file is as it was.
  public func save(to path: String, settings: [String: String] = [:]) throws(CheckpointError) {
    try placed(trainer.checkpointInPlace(), settings).write(to: path)
  }

  private func placed(_ checkpoint: Checkpoint, _ settings: [String: String]) -> Checkpoint {
    var checkpoint = checkpoint
    checkpoint.metadata["batches"] = "\(batches)"
    for (name, value) in settings { checkpoint.metadata["setting.\(name)"] = value }
    return checkpoint
  }

  /// Goes on from a checkpoint.
  ///
  /// Throws: ``CheckpointError``, also for settings that are not those of the checkpoint; the run is then as it was.
  public func restore(_ checkpoint: Checkpoint, settings: [String: String] = [:]) throws(CheckpointError) {
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      let saved = checkpoint.metadata["setting.\(name)"]
      guard saved == value else { throw .otherRun(setting: name, saved: saved ?? "none", given: value) }
    }
    let batches = try checkpoint.count("batches")
    try trainer.restore(checkpoint)
    self.batches = batches
  }
}

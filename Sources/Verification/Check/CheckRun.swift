import Scaling
import TensorPrograms
import Tensors
import Training
import TrainingData

/// One training run of a check: sizes and changes of the named values after each update.
struct CheckRun {
  struct Job: Sendable {
    var width: Int
    var seed: Int

    /// How long it takes, compared with others.
    var cost: Double { Double(width) * Double(width + 256) }
  }

  struct Record: Sendable {
    var job: Job
    /// By step and value; not finite from where the run diverged.
    var sizes: [[Double]]
    var changes: [[Double]]
    /// Before each update.
    var losses: [Double]
    /// Updates made before the first number that is not finite.
    var diverged: Int?
  }

  let prepared: PreparedCheck
  let job: Job
  let threads: Int

  /// Makes the run with a trainer of the same program and width, or a new one, which it leaves behind.
  func record<T: Element>(_ kept: inout Trainer<T>?, advance: () -> Void) throws -> Record {
    let (check, values) = (prepared.check, prepared.values)
    let batches = try prepared.source(at: job.width)
    let numbers = try Numbers(check.parametrization, width: job.width, base: check.base, rate: check.rate)
    let seed = UInt64(bitPattern: Int64(job.seed))
    let trainer: Trainer<T>
    if let kept {
      trainer = kept
      try trainer.restart(seed: seed, numbers: numbers)
    } else {
      trainer = try Trainer<T>(prepared.stepped, width: job.width, numbers: numbers, seed: seed, threads: threads)
      kept = trainer
    }
    let steps = check.steps
    let missing = [[Double]](repeating: [Double](repeating: .nan, count: values.count), count: steps + 1)
    var record = Record(job: job, sizes: missing, changes: missing, losses: [], diverged: nil)
    var first = [[T]](repeating: [], count: values.count)
    var index: [ValueID: Int] = [:]
    for (i, value) in values.enumerated() { index[value] = i }
    let probe = batches.trainingBatch(0)
    for step in 0...steps {
      var sizes = missing[0]
      var changes = missing[0]
      func observe(_ value: ValueID, _ entries: UnsafeBufferPointer<T>) {
        guard let i = index[value] else { return }
        if step == 0 { first[i] = Array(entries) }
        (sizes[i], changes[i]) = first[i].withUnsafeBufferPointer {
          Statistics.meanAbsoluteAndDifference(entries, $0, threads: threads)
        }
      }
      do {
        if step == steps || batches.sampling == .fresh { try trainer.compute(values, on: probe, observe) }
        if step < steps {
          let batch = batches.sampling == .fixed ? probe : batches.trainingBatch(step)
          record.losses.append(
            try batches.sampling == .fixed
              ? trainer.step(batch, observing: values, observe) : trainer.step(batch))
        }
      } catch TrainingError.diverged {
        record.diverged = step
      }
      if !(sizes + changes).allSatisfy(\.isFinite) { record.diverged = step }
      if record.diverged != nil {
        for _ in step...steps { advance() }
        break
      }
      (record.sizes[step], record.changes[step]) = (sizes, changes)
      advance()
    }
    return record
  }
}

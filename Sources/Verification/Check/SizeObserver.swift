import Experiments
import TensorPrograms
import Tensors
import Training

/// Observes a run of a check: sizes and changes of the named values after each update.
struct SizeObserver: TrialObserver {
  struct Record: Sendable {
    /// By step and value; not finite from where the run diverged.
    var sizes: [[Double]]
    var changes: [[Double]]
    /// Before each update.
    var losses: [Double]
    /// Updates made before the first number that is not finite.
    var diverged: Int?
  }

  let values: [ValueID]

  func record<T: Element>(_ trial: Trial<T>) throws -> Record {
    let (steps, isFixed) = (trial.recipe.steps, trial.recipe.order == .fixed)
    let missing = [[Double]](repeating: [Double](repeating: .nan, count: values.count), count: steps + 1)
    var record = Record(sizes: missing, changes: missing, losses: [], diverged: nil)
    var first = [[T]](repeating: [], count: values.count)
    var index: [ValueID: Int] = [:]
    for (i, value) in values.enumerated() { index[value] = i }
    let probe = trial.setup.batches.trainingBatch(0)
    for step in 0...steps {
      var sizes = missing[0]
      var changes = missing[0]
      func observe(_ value: ValueID, _ entries: UnsafeBufferPointer<T>) {
        guard let i = index[value] else { return }
        if step == 0 { first[i] = Array(entries) }
        (sizes[i], changes[i]) = first[i].withUnsafeBufferPointer {
          Statistics.meanAbsoluteAndDifference(entries, $0, threads: trial.threads)
        }
      }
      do {
        if step == steps || !isFixed { try trial.trainer.compute(values, on: probe, observe) }
        if step < steps {
          record.losses.append(try isFixed ? trial.run.step(observing: values, observe).loss : trial.run.step().loss)
        }
      } catch TrainingError.diverged {
        record.diverged = step
      }
      if !(sizes + changes).allSatisfy(\.isFinite) { record.diverged = step }
      if record.diverged != nil {
        for _ in step...steps { trial.advance() }
        break
      }
      (record.sizes[step], record.changes[step]) = (sizes, changes)
      trial.advance()
    }
    return record
  }
}

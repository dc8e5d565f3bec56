import TensorPrograms
import Tensors

extension Trainer {
  /// One update with the mean of the gradients of several batches, each as large as the program's, so that only one is
  /// in memory at a time. Returns the mean of the losses before the update.
  ///
  /// It is the step on the mean of their losses. Where the program's loss is a mean over its examples, as those of
  /// ``Recorder`` are, that is the loss of one batch with all of these examples, and the step is the same to rounding.
  /// If a loss is not finite, nothing has been updated.
  ///
  /// Throws: as ``step(_:observing:_:)`` does; ``TrainingError/notAccumulable(program:input:)`` if the optimizer reads
  /// the batch other than through the gradients; ``TrainingError/noBatch(program:)`` if there is none.
  @specialized(where T == Float, Batches == [Batch])
  @specialized(where T == Double, Batches == [Batch])
  public func step<Batches: Sequence<Batch>>(accumulating batches: Batches) throws -> Double {
    guard !program.updates.isEmpty else { throw TrainingError.noStep(program: program.name) }
    let update = Plan.Goal(updates: true, loss: false, observed: [], readsAccumulated: true)
    // Refuses before anything is computed.
    _ = try machine.plan(for: update)
    try machine.clearAccumulated()
    let gradients = Plan.Goal(updates: false, loss: true, observed: machine.accumulated)
    var (loss, count) = (0.0, 0)
    for batch in batches {
      loss += try run(batch, gradients) { machine.accumulate($0, $1) }
      count += 1
    }
    guard count > 0 else { throw TrainingError.noBatch(program: program.name) }
    machine.divideAccumulated(by: count)
    let bound = try machine.bound(for: update)
    try setScalars(step: steps + 1)
    _ = try machine.run(bound) { _, _ in }
    steps += 1
    return loss / Double(count)
  }
}

extension Machine {
  /// Zeros for every gradient. Throws ``TrainingError/memoryRefused(program:width:bytes:)``.
  func clearAccumulated() throws(TrainingError) {
    for node in accumulated {
      var buffer = accumulators[node]
      if buffer == nil { buffer = try allocate(graph.nodes[node].shape.count) }
      buffer?.clear(threads: threads)
      accumulators[node] = buffer
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func accumulate(_ id: ValueID, _ entries: UnsafeBufferPointer<T>) {
    guard let buffer = accumulators[id.index]?.slice() else { return }
    for i in 0..<min(entries.count, buffer.count) { buffer[i] += entries[i] }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func divideAccumulated(by count: Int) {
    let divisor = T(count)
    for buffer in accumulators.values {
      let entries = buffer.slice()
      for i in entries.indices { entries[i] /= divisor }
    }
  }
}

public import Training

extension BatchSource {
  /// The batch of a step, by the names of the inputs.
  public func trainingBatch(_ step: Int) -> Batch {
    var result = Batch()
    for input in batch(step) {
      switch input.contents {
      case .numbers(let numbers): result.values[input.name] = numbers
      case .indices(let indices): result.indices[input.name] = indices
      }
    }
    return result
  }
}

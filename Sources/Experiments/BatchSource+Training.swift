public import Tensors
public import Training
public import TrainingData

extension BatchSource {
  /// The batch of a step, by the names of the inputs.
  public func trainingBatch(_ step: Int) -> Batch { Batch(batch(step)) }

  /// The batch of these rows of a table.
  public func trainingBatch(rows: [Int]) -> Batch { Batch(batch(rows: rows)) }

  /// All rows of the table, as examples of the program's inputs.
  ///
  /// Throws: ``DataError/noTable(data:)``.
  public func examples<T: Element>(_ type: T.Type = T.self) throws -> Examples<T> {
    let whole = Batch(try whole())
    return try Examples(values: whole.values, indices: whole.indices, rows: try rowCount())
  }
}

extension Batch {
  fileprivate init(_ inputs: [InputValues]) {
    self.init()
    for input in inputs {
      switch input.contents {
      case .numbers(let numbers): values[input.name] = numbers
      case .indices(let indices): self.indices[input.name] = indices
      }
    }
  }
}

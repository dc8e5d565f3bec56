public import Tensors
public import Training

extension BatchSource {
  /// All rows of the table, as examples of the program's inputs.
  ///
  /// Throws: ``DataError/noTable(data:)``.
  public func examples<T: Element>(_ type: T.Type = T.self) throws -> Examples<T> {
    guard case .table(let table) = data.contents else { throw DataError.noTable(data: data.name) }
    var whole = Batch()
    for input in batch(rows: Array(0..<table.rowCount)) {
      switch input.contents {
      case .numbers(let numbers): whole.values[input.name] = numbers
      case .indices(let indices): whole.indices[input.name] = indices
      }
    }
    return try Examples(values: whole.values, indices: whole.indices, rows: table.rowCount)
  }

  /// The first `count` rows of permutations of all rows, one after the other; they depend on the seed alone.
  ///
  /// Throws: ``DataError/noTable(data:)``.
  public func order(seed: UInt64, count: Int) throws -> [Int] {
    guard case .table(let table) = data.contents else { throw DataError.noTable(data: data.name) }
    var order: [Int] = []
    var permutation: UInt64 = 0
    while order.count < count {
      var generator = SplitMix(seed, permutation, 0)
      var rows = Array(0..<table.rowCount)
      for i in rows.indices { rows.swapAt(i, i + generator.below(rows.count - i)) }
      order += rows
      permutation += 1
    }
    return Array(order.prefix(count))
  }
}

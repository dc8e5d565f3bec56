public import TensorPrograms

/// How batches follow one another.
public enum Sampling: String, Sendable, Codable, CaseIterable {
  /// The same batch at every step: the first rows of a table, evenly spread windows of a text.
  case fixed
  /// The same batch at every step, every second example of the first class (or with 0 for a random number, and random
  /// inputs with a mean of 1). In a balanced batch the mean gradient of the outputs is nearly zero, and what gradients in
  /// proportion do at large width does not show; a text is no more balanced than language is.
  case skewed
  /// Another batch at every step: rows in a random order that goes through all of them before any comes again,
  /// windows at random places.
  case fresh
}

extension Sampling {
  /// Whether every step sees the same batch.
  public var isOneBatch: Bool { self != .fresh }
}

/// The content of one input of a program, row-major.
public struct InputValues: Sendable {
  public var value: ValueID
  public var name: String
  public var sizes: [Int]
  public var contents: Contents

  public enum Contents: Sendable, Equatable {
    case numbers([Double])
    case indices([Int32])
  }
}

/// The batches that one data source gives one program at one width; equal seeds give equal batches.
public struct BatchSource: Sendable {
  public let data: any DataSource
  let inputs: [(value: ValueID, name: String, sizes: [Int])]
  let maker: any BatchMaker
  public let sampling: Sampling
  public let seed: UInt64

  /// Examples in a batch: the size of the first input's first axis.
  public var batchSize: Int { inputs.first?.sizes.first ?? 1 }

  /// The number of ``Sampling/fresh`` batches in an epoch; nil for windows of a text and random data, which are drawn.
  public var batchesPerEpoch: Int? { data.rowCount.map { $0 / batchSize } }

  /// The batch of a step, an entry for each input in recorded order.
  public func batch(_ step: Int) -> [InputValues] {
    let draw = draw(sampling.isOneBatch ? 0 : step)
    return batch(of: maker.examples(draw), draw)
  }

  /// The batch of these rows of a table.
  public func batch(rows: [Int]) -> [InputValues] { batch(of: rows, draw(0)) }

  /// All examples as one batch.
  ///
  /// Throws: ``DataError/noTable(data:)`` if the data are drawn.
  public func whole() throws -> [InputValues] { batch(of: Array(0..<(try rowCount())), draw(0)) }

  /// The first `count` rows of permutations of all rows, one after the other; they depend on the seed alone.
  ///
  /// Throws: ``DataError/noTable(data:)`` if the data are drawn.
  public func order(seed: UInt64, count: Int) throws -> [Int] {
    let all = try rowCount()
    var order: [Int] = []
    var permutation: UInt64 = 0
    while order.count < count {
      var generator = SplitMix(seed, permutation, 0)
      var rows = Array(0..<all)
      for i in rows.indices { rows.swapAt(i, i + generator.below(all - i)) }
      order += rows
      permutation += 1
    }
    return Array(order.prefix(count))
  }

  /// How many rows there are to go through.
  ///
  /// Throws: ``DataError/noTable(data:)`` if the data are drawn.
  public func rowCount() throws -> Int {
    guard let count = data.rowCount else { throw DataError.noTable(data: data.name) }
    return count
  }

  private func draw(_ step: Int) -> BatchDraw {
    BatchDraw(step: step, count: batchSize, sampling: sampling, seed: seed)
  }

  private func batch(of examples: [Int], _ draw: BatchDraw) -> [InputValues] {
    zip(inputs, maker.entries(of: examples, draw)).map { input, contents in
      InputValues(value: input.value, name: input.name, sizes: input.sizes, contents: contents)
    }
  }
}

public import Tensors

/// Examples kept in a run's precision, from which a step gathers its batch by row without converting or allocating.
///
///     let examples = try Examples<Float>(values: ["features": pixels], indices: ["label": digits], rows: 1797)
///     _ = try trainer.step(rows: [3, 14, 15], of: examples)
///
/// Any number of trainers may read them at the same time.
public final class Examples<T: Element>: Sendable {
  /// The number of examples.
  public let rows: Int
  let values: [String: TensorBuffer<T>]
  let indices: [String: [Int32]]

  /// Entries by the names of a program's inputs, row-major, the first axis counting examples; Float rounds them.
  ///
  /// Throws: ``TrainingError/unevenRows(input:entries:rows:)`` if an input's entries do not make `rows` equal rows.
  public init(values: [String: [Double]] = [:], indices: [String: [Int32]] = [:], rows: Int) throws(TrainingError) {
    for (name, count) in (values.mapValues(\.count).merging(indices.mapValues(\.count)) { $0 + $1 })
      .sorted(by: { $0.key < $1.key })
    {
      guard rows > 0, count > 0, count % rows == 0 else {
        throw .unevenRows(input: name, entries: count, rows: rows)
      }
    }
    self.rows = rows
    self.indices = indices
    self.values = values.mapValues { entries in
      let buffer = TensorBuffer<T>(count: entries.count)
      let slice = buffer.slice()
      for (i, entry) in entries.enumerated() { slice[i] = T(entry) }
      return buffer
    }
  }
}

extension Trainer {
  /// One step, as ``step(_:observing:_:)`` makes it, on some rows of examples, in the order given.
  ///
  /// Throws: as that does; ``TrainingError/noRow(_:rows:)``.
  public func step(rows: ArraySlice<Int>, of examples: Examples<T>) throws -> Double {
    guard !program.updates.isEmpty else { throw TrainingError.noStep(program: program.name) }
    let bound = try machine.bound(for: mainGoal)
    try machine.load(rows, of: examples, for: bound)
    let loss = try run(bound) { _, _ in }
    steps += 1
    return loss
  }

  /// The loss, as ``evaluate(_:observing:_:)`` returns it, on some rows of examples.
  ///
  /// Throws: as ``step(rows:of:)`` does, and ``ProgramError/noLoss(program:)``.
  public func evaluate(rows: ArraySlice<Int>, of examples: Examples<T>) throws -> Double {
    _ = try program.requireLoss()
    let bound = try machine.bound(for: Plan.Goal(updates: false, loss: true, observed: []))
    try machine.load(rows, of: examples, for: bound)
    return try run(bound) { _, _ in }
  }
}

extension Machine {
  /// Gathers the inputs that are needed. Throws errors of ``TrainingError`` that name the input.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func load(_ rows: ArraySlice<Int>, of examples: Examples<T>, for bound: Bound<T>) throws(TrainingError) {
    for row in rows where row < 0 || row >= examples.rows { throw .noRow(row, rows: examples.rows) }
    for node in bound.inputs {
      let name = graph.nodes[node].name
      if let target = indices[node] {
        guard let entries = examples.indices[name] else { throw missing(node, examples) }
        let width = entries.count / examples.rows
        try check(rows.count * width, node)
        for (i, row) in rows.enumerated() {
          try write(entries[row * width..<(row + 1) * width], to: target, at: i * width, node)
        }
      } else {
        guard let entries = examples.values[name]?.slice(), let target = source(node) else {
          throw missing(node, examples)
        }
        let width = entries.count / examples.rows
        try check(rows.count * width, node)
        for (i, row) in rows.enumerated() {
          guard let from = entries.baseAddress, let to = target.baseAddress else { continue }
          (to + i * width).update(from: from + row * width, count: width)
        }
      }
    }
  }

  private func missing(_ node: Int, _ examples: Examples<T>) -> TrainingError {
    missing(node, given: examples.values.keys.sorted() + examples.indices.keys.sorted())
  }
}

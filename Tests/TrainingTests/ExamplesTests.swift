import Gallery
import TensorPrograms
import Tensors
import Testing
import Training

@Suite struct ExamplesTests {
  private static let rows = 12

  private static func program() throws -> Program {
    try Architecture.mlp.program(["batch": "4", "features": "3", "classes": "5"]).withStep(.adam())
  }

  private static let values = (0..<3 * rows).map { Double($0 * 37 % 11) / 7 - 0.6 }
  private static let labels = (0..<rows).map { Int32($0 * 3 % 5) }

  private static func batch(_ rows: [Int]) -> Batch {
    Batch(
      values: ["features": rows.flatMap { values[3 * $0..<3 * $0 + 3] }], indices: ["label": rows.map { labels[$0] }])
  }

  @Test func rowsAreTheBatchMadeOfThem() throws {
    func check<T: Element>(_ type: T.Type) throws {
      let examples = try Examples<T>(
        values: ["features": Self.values], indices: ["label": Self.labels], rows: Self.rows)
      let (one, other) = (try Trainer<T>(standard: Self.program()), try Trainer<T>(standard: Self.program()))
      for rows in [[3, 1, 11, 0], [2, 2, 5, 9], [11, 10, 9, 8]] {
        let losses = (try one.step(rows: rows[...], of: examples), try other.step(Self.batch(rows)))
        #expect(losses.0 == losses.1)
      }
      #expect(one.steps == 3)
      #expect(try one.weights(after: 0, on: Batch()) == other.weights(after: 0, on: Batch()))
      // A slice may begin anywhere.
      let rows = [7, 7, 4, 5, 6, 1]
      #expect(try one.evaluate(rows: rows[2...], of: examples) == other.evaluate(Self.batch([4, 5, 6, 1])))
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func whatIsWrongIsNamed() throws {
    #expect(throws: TrainingError.unevenRows(input: "features", entries: 36, rows: 5)) {
      try Examples<Float>(values: ["features": Self.values], rows: 5)
    }
    #expect(throws: TrainingError.unevenRows(input: "label", entries: 12, rows: 0)) {
      try Examples<Float>(indices: ["label": Self.labels], rows: 0)
    }
    let trainer = try Trainer<Float>(standard: Self.program())
    let examples = try Examples<Float>(
      values: ["features": Self.values], indices: ["label": Self.labels], rows: Self.rows)
    #expect(throws: TrainingError.noRow(12, rows: 12)) { try trainer.step(rows: [0, 1, 2, 12], of: examples) }
    #expect(throws: TrainingError.noRow(-1, rows: 12)) { try trainer.step(rows: [0, -1, 2, 1], of: examples) }
    #expect(
      throws: TrainingError.wrongCount(input: "features", shape: "[batch, features] = 4 x 3", expected: 12, given: 9)
    ) { try trainer.step(rows: [0, 1, 2], of: examples) }
    let unlabelled = try Examples<Float>(values: ["features": Self.values], rows: Self.rows)
    #expect(throws: TrainingError.missingInput("label", shape: "[batch] = 4", given: ["\"features\""])) {
      try trainer.step(rows: [0, 1, 2, 3], of: unlabelled)
    }
    let foreign = try Examples<Float>(
      values: ["features": Self.values], indices: ["label": Self.labels.map { $0 + 1 }], rows: Self.rows)
    #expect(
      throws: TrainingError.indexOutOfRange(input: "label", index: 5, position: ["batch 2"], below: "classes", size: 5)
    ) { try trainer.step(rows: [0, 1, 3, 2], of: foreign) }
    #expect(trainer.steps == 0)
  }

  @Test func weightsAreCopied() throws {
    let one = try Trainer<Float>(standard: Self.program(), seed: 1)
    let large = try Trainer<Float>(
      standard: Architecture.mlp.program(["batch": "12", "features": "3", "classes": "5"]), seed: 2)
    let batch = Self.batch(Array(0..<Self.rows))
    let before = try large.evaluate(batch)
    try large.copyWeights(from: one)
    let examples = try Examples<Float>(
      values: ["features": Self.values], indices: ["label": Self.labels], rows: Self.rows)
    let parts = try (0..<3).map { try one.evaluate(rows: Array(4 * $0..<4 * $0 + 4)[...], of: examples) }
    let whole = try large.evaluate(batch)
    #expect(abs(whole - parts.reduce(0, +) / 3) < 1e-6 && abs(whole - before) > 1e-4)
    #expect(throws: TrainingError.self) {
      try large.copyWeights(from: Trainer<Float>(standard: Self.program(), width: 8))
    }
  }
}

import TensorPrograms
import Testing

@testable import Verification

@Suite struct SplitTests {
  @Test(arguments: [0.1, 0.5, 0.999]) func tableRows(_ fraction: Double) throws {
    let lines = (0..<1000).map { "\($0),\($0 * $0),\($0 % 3)" }
    let data = try DataSource.table(lines.joined(separator: "\n"), name: "squares")
    let (training, heldOut) = try data.split(holdingOut: fraction, seed: 3)
    guard case .table(let all) = data.contents, case .table(let a) = training.contents,
      case .table(let b) = heldOut.contents
    else {
      Issue.record("no tables")
      return
    }
    #expect(b.rowCount == Int((1000 * fraction).rounded()) && a.rowCount + b.rowCount == 1000)
    #expect(a.featureCount == 2 && a.classes == all.classes && b.classes == all.classes)
    func rows(_ table: DataTable) -> [[Double]] {
      (0..<table.rowCount).map { Array(table.features[2 * $0..<2 * $0 + 2]) + [Double(table.labels[$0])] }
    }
    #expect(Set(rows(a)).isDisjoint(with: rows(b)))
    #expect(Set(rows(a)).union(rows(b)) == Set(rows(all)))
    // The rows depend on the seed alone.
    guard case .table(let again) = try data.split(holdingOut: fraction, seed: 3).heldOut.contents,
      case .table(let other) = try data.split(holdingOut: fraction, seed: 4).heldOut.contents
    else {
      Issue.record("no tables")
      return
    }
    #expect(rows(again) == rows(b) && rows(other) != rows(b))
  }

  @Test func textEnd() throws {
    let data = try DataSource.text(String(repeating: "abcdefghij", count: 20), name: "letters")
    let (training, heldOut) = try data.split(holdingOut: 0.15)
    guard case .text(let all) = data.contents, case .text(let a) = training.contents,
      case .text(let b) = heldOut.contents
    else {
      Issue.record("no texts")
      return
    }
    #expect(a.tokens + b.tokens == all.tokens && b.tokens.count == 30)
    #expect(a.vocabulary == all.vocabulary && b.vocabulary == all.vocabulary)
  }

  /// Every example of an epoch is one of the training part, and none comes twice.
  @Test func batchesAreOfOnePart() throws {
    let rows = (0..<50).map { "\($0),\($0 % 2)" }
    let data = try DataSource.table(rows.joined(separator: "\n"), name: "numbers")
    let (training, heldOut) = try data.split(holdingOut: 0.2)
    let program = try Program("one") { p in
      let x = p.input("x", [Dimension("batch", 5), Dimension("features", 1)])
      p.minimize(mean(Dense("slope", to: Dimension("outputs", growing: .n))(x)))
    }
    let batches = try training.batches(for: program, width: 2, sampling: .fresh)
    #expect(batches.batchSize == 5 && batches.batchesPerEpoch == 8)
    let seen = (0..<8).flatMap { batches.trainingBatch($0).values["x"] ?? [] }
    let held = try heldOut.batches(for: program, width: 2, sampling: .fresh)
    let other = (0..<2).flatMap { held.trainingBatch($0).values["x"] ?? [] }
    #expect(Set(seen).count == 40 && Set(other).count == 10 && Set(seen).isDisjoint(with: other))
  }

  @Test func errors() throws {
    let data = try DataSource.table("1,0\n2,1\n3,0", name: "three")
    for fraction in [0, 1, -0.5, .nan, 0.1, 0.9] {
      #expect(throws: DataError.self) { try data.split(holdingOut: fraction) }
    }
    #expect(
      throws: DataError.split(data: "three", fraction: 0.1, reason: "of 3 rows, one part would have none")
    ) { try data.split(holdingOut: 0.1) }
  }
}

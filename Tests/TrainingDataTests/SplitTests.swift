import Gallery
import TensorPrograms
import Testing
import TrainingData
import Verification

@Suite struct SplitTests {
  @Test(arguments: [0.1, 0.5, 0.999]) func tableRows(_ fraction: Double) throws {
    let lines = (0..<1000).map { "\($0),\($0 * $0),\($0 % 3)" }
    let data = try DataTable(text: lines.joined(separator: "\n"), name: "squares")
    let (training, heldOut) = try data.split(holdingOut: fraction, seed: 3)
    let (a, b) = (try #require(training as? DataTable), try #require(heldOut as? DataTable))
    #expect(b.labels.count == Int((1000 * fraction).rounded()) && a.labels.count + b.labels.count == 1000)
    #expect(a.featureCount == 2 && a.classes == data.classes && b.classes == data.classes)
    func rows(_ table: DataTable) -> [[Double]] {
      table.labels.indices.map { Array(table.features[2 * $0..<2 * $0 + 2]) + [Double(table.labels[$0])] }
    }
    #expect(Set(rows(a)).isDisjoint(with: rows(b)))
    #expect(Set(rows(a)).union(rows(b)) == Set(rows(data)))
    // The rows depend on the seed alone.
    let again = try #require(try data.split(holdingOut: fraction, seed: 3).heldOut as? DataTable)
    let other = try #require(try data.split(holdingOut: fraction, seed: 4).heldOut as? DataTable)
    #expect(rows(again) == rows(b) && rows(other) != rows(b))
  }

  @Test func textEnd() throws {
    let data = try DataText(text: String(repeating: "abcdefghij", count: 20), name: "letters")
    let (training, heldOut) = try data.split(holdingOut: 0.15)
    let (a, b) = (try #require(training as? DataText), try #require(heldOut as? DataText))
    #expect(a.tokens + b.tokens == data.tokens && b.tokens.count == 30)
    #expect(a.vocabulary == data.vocabulary && b.vocabulary == data.vocabulary)
  }

  /// Every example of an epoch is one of the training part, and none comes twice.
  @Test func batchesAreOfOnePart() throws {
    let rows = (0..<50).map { "\($0),\($0 % 2)" }
    let data = try DataTable(text: rows.joined(separator: "\n"), name: "numbers")
    let (training, heldOut) = try data.split(holdingOut: 0.2)
    let program = try Program("one") { p in
      let x = p.input("x", [Dimension("batch", 5), Dimension("features", 1)])
      p.minimize(mean(Dense("slope", to: Dimension("outputs", growing: .n))(x)))
    }
    let batches = try training.batches(for: program, width: 2, sampling: .fresh)
    #expect(batches.batchSize == 5 && batches.batchesPerEpoch == 8)
    func features(_ source: BatchSource, _ steps: Int) -> [Double] {
      (0..<steps).flatMap { step -> [Double] in
        guard case .numbers(let x)? = source.batch(step).first?.contents else { return [] }
        return x
      }
    }
    let seen = features(batches, 8)
    let held = try heldOut.batches(for: program, width: 2, sampling: .fresh)
    let other = features(held, 2)
    #expect(Set(seen).count == 40 && Set(other).count == 10 && Set(seen).isDisjoint(with: other))
  }

  @Test func errors() throws {
    let data = try DataTable(text: "1,0\n2,1\n3,0", name: "three")
    for fraction in [0, 1, -0.5, .nan, 0.1, 0.9] {
      #expect(throws: DataError.self) { try data.split(holdingOut: fraction) }
    }
    #expect(
      throws: DataError.split(data: "three", fraction: 0.1, reason: "of 3 rows, one part would have none")
    ) { try data.split(holdingOut: 0.1) }
  }
}

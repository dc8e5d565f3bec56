import Gallery
import Scaling
import TensorPrograms
import Testing
import TrainingData
import Verification

/// A sample of random networks is trained at a few small widths.
@Suite struct RandomProgramMeasuredTests {
  /// The first six whose gradients have from the start the exponents that they keep. Where they have not, as behind a
  /// bottleneck, what is measured in a few steps at small widths is how the start is left.
  static let sample = (0..<60 as Range<UInt64>).filter { seed in
    guard let derived = try? RandomPrograms(seed: seed).program().maximalUpdate(optimizer: .sgd) else { return false }
    return derived.weights.allSatisfy { $0.transientEnds == nil }
  }.prefix(6)

  @Test(arguments: sample) func trainingDoesNotDisagree(seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    for optimizer in [Optimizer.sgd, .adam()] {
      let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
      let check = CoordinateCheck(
        program: program, optimizer: optimizer, parametrization: rules, base: 64, widths: [32, 64, 128, 256],
        seeds: [0, 1], steps: 2, workers: 1)
      let grid = try check.run(on: DataKind.named("random")).grid
      for row in grid.rows where row.verdict == .disagrees {
        Issue.record(
          """
          \(optimizer.name) \(row.value) \(row.statistic) step \(row.step): \(row.measured ?? 0) for \(row.predicted ?? 0)
          \(program.text)
          """)
      }
      #expect(grid.divergences.isEmpty)
      #expect(
        grid.count(.agrees) > 0, "\(grid.count(.agrees)) of \(grid.rows.count)\n\(program.text)")
    }
  }

  @Test func thereIsASample() { #expect(Self.sample.count == 6) }
}

import Gallery
import TensorPrograms
import TestSupport
import Testing

@testable import Training

@Suite struct AccumulationTests {
  /// The step on one batch of 12 examples against that on three of 4.
  @Test(arguments: Optimizer.all) func equalsOneLargeBatch(_ optimizer: Optimizer) throws {
    let sizes = ["features": "6", "depth": "2", "biases": "true"]
    func program(_ batch: Int) throws -> Program {
      try Architecture.mlp.program(sizes.merging(["batch": "\(batch)"]) { $1 }).withStep(optimizer)
    }
    let (large, small) = (try program(12), try program(4))
    let whole = try Batch(random: large, width: 8)
    let parts = (0..<3).map { part in
      Batch(
        values: whole.values.mapValues { Array($0[part * $0.count / 3..<(part + 1) * $0.count / 3]) },
        indices: whole.indices.mapValues { Array($0[part * $0.count / 3..<(part + 1) * $0.count / 3]) })
    }
    let one = try Trainer<Double>(standard: large, width: 8, rate: 0.01)
    let many = try Trainer<Double>(standard: small, width: 8, rate: 0.01)
    // A second gradient; what enters and leaves each layer.
    let readsBatch = optimizer.name.contains("SAM") || optimizer.name.contains("K-FAC")
    do {
      for step in 1...3 {
        let (a, b) = (try one.step(whole), try many.step(accumulating: parts))
        #expect(abs(a - b) < 1e-10 * abs(a), "step \(step)")
      }
    } catch TrainingError.notAccumulable(_, let input) {
      #expect(["features", "label"].contains(input))
      #expect(readsBatch, "\(optimizer.name)")
      #expect(many.steps == 0)
      return
    }
    #expect(many.steps == 3 && !readsBatch, "\(optimizer.name)")
    let start = try Trainer<Double>(standard: small, width: 8).weights(after: 0, on: whole)
    let (a, b) = (try one.weights(after: 0, on: whole), try many.weights(after: 0, on: whole))
    #expect(relativeDifference(a, b) < 1e-9)
    #expect(relativeDifference(a, start) > 1e-4)
  }

  @Test(arguments: Architecture.all) func oneBatchIsAStep(_ architecture: Architecture) throws {
    let program = try architecture.small().withStep(.adam())
    let batch = try Batch(random: program, width: 16)
    let (plain, summed) = (try Trainer<Double>(standard: program), try Trainer<Double>(standard: program))
    for _ in 0..<2 {
      let (a, b) = (try plain.step(batch), try summed.step(accumulating: [batch]))
      #expect(abs(a - b) <= 1e-12 * abs(a))
    }
    #expect(relativeDifference(try plain.weights(after: 0, on: batch), try summed.weights(after: 0, on: batch)) < 1e-9)
  }

  @Test func errors() throws {
    let program = try line(.sgd)
    let trainer = try Trainer<Float>(standard: program, width: 1)
    #expect(throws: TrainingError.noBatch(program: "line")) { try trainer.step(accumulating: []) }
    let good = Batch(values: ["x": [1, 0, 0, 1, 1, 1], "y": [1, 3, 5]])
    let bad = Batch(values: ["x": [1, 0, 0, .infinity, 1, 1], "y": [1, 3, 5]])
    let before = try trainer.weight("slope")
    #expect(throws: TrainingError.diverged(step: 0, value: "x", width: 1, seed: 1)) {
      try trainer.step(accumulating: [good, bad])
    }
    #expect(try trainer.weight("slope") == before && trainer.steps == 0)
    // What was summed before the error is gone.
    let other = try Trainer<Float>(standard: program, width: 1)
    _ = try other.step(accumulating: [good, good])
    _ = try trainer.step(accumulating: [good, good])
    #expect(try trainer.weight("slope") == other.weight("slope") && trainer.weight("slope") != before)
    let forward = try Trainer<Float>(standard: line(nil), width: 1)
    #expect(throws: TrainingError.noStep(program: "line")) { try forward.step(accumulating: [good]) }
  }
}

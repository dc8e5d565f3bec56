import Experiments
import Gallery
import Scaling
import TensorPrograms
import Testing
import Training
import TrainingData
import Verification

@Suite struct SweepTests {
  private static func sweep(_ optimizer: Optimizer = .adam(), widths: [Int] = [16, 32]) throws -> RateSweep {
    let program = try Architecture.mlp.program(["depth": "2"])
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    return RateSweep(
      program: program, evaluation: try Architecture.mlp.program(["depth": "2", "batch": "599"]), optimizer: optimizer,
      parametrizations: [rules, .standard(program)], base: 16, widths: widths, seeds: [0, 1], rates: -9 ... -5,
      steps: 12, workers: 1)
  }

  @Test func theResultDoesNotDependOnWorkers() throws {
    var sweep = try Self.sweep()
    let data = try DataKind.named("digits")
    let alone = try sweep.run(on: data)
    sweep.workers = 3
    #expect(try sweep.run(on: data) == alone)
    #expect(alone.curves.count == 8 && alone.curves.allSatisfy { $0.final.count == 5 && $0.mean.count == 5 })
    #expect(alone.curves.map(\.width) == [32, 32, 32, 32, 16, 16, 16, 16])
    // At the base width both parametrizations are the same numbers.
    let base = alone.curves.filter { $0.width == 16 }
    #expect(base[0].final == base[1].final && base[0].parametrization != base[1].parametrization)
    let wide = alone.curves.filter { $0.width == 32 }
    #expect(wide[0].final != wide[1].final)
  }

  /// A run within a sweep is the run by itself: what was trained before it in the same memory leaves no trace.
  @Test func aRunIsWhatItIsAlone() throws {
    let sweep = try Self.sweep()
    let data = try DataKind.named("digits")
    let result = try sweep.run(on: data)
    let curve = try #require(result.curves.first { $0.width == 32 && $0.seed == 1 && $0.parametrization == "standard" })
    let numbers = try Hyperparameters(sweep.parametrizations[1], width: 32, base: 16, learningRate: 0x1p-7)
    let trainer = try Trainer<Float>(sweep.program.withStep(.adam()), width: 32, numbers: numbers, seed: 1)
    let source = try data.batches(for: sweep.program, width: 32)
    let (examples, order) = (try source.examples(Float.self), try source.order(seed: 1, count: 12 * 64))
    let losses = try (0..<12).map { try trainer.step(rows: order[64 * $0..<64 * $0 + 64], of: examples) }
    #expect(losses.reduce(0, +) / 12 == curve.mean[2])
    #expect(losses[11] < losses[0])
    let whole = try Trainer<Float>(
      Architecture.mlp.program(["depth": "2", "batch": "1797"]), width: 32, numbers: numbers, seed: 1)
    try whole.copyWeights(from: trainer)
    #expect(abs(try whole.evaluate(rows: Array(0..<1797)[...], of: examples) - curve.final[2]) < 1e-5)
  }

  @Test func anOrderIsMadeOfPermutations() throws {
    let source = try DataKind.named("digits").batches(for: Architecture.mlp.program(), width: 8)
    let order = try source.order(seed: 3, count: 2 * 1797 + 10)
    #expect(order[..<1797].sorted() == Array(0..<1797) && order[1797..<3594].sorted() == Array(0..<1797))
    #expect(Array(order[..<1797]) != Array(order[1797..<3594]))
    #expect(try source.order(seed: 4, count: 64) != Array(order[..<64]))
    #expect(try source.order(seed: 3, count: 64) == Array(order[..<64]))
    let text = try DataKind.named("shakespeare").batches(
      for: Architecture.gpt.program(["vocabulary": "76"]), width: 32)
    #expect(throws: DataError.noTable(data: "shakespeare")) { try text.order(seed: 0, count: 1) }
  }

  @Test func theBestRateIsTheLowestMeanOverSeeds() throws {
    func curve(_ width: Int, _ seed: Int, _ scores: [Double]) -> RateSweepResult.Curve {
      RateSweepResult.Curve(parametrization: "p", width: width, seed: seed, final: scores, mean: scores)
    }
    let e = 2.718281828459045
    let result = RateSweepResult(
      rates: [-3, -2, -1, 0],
      curves: [
        curve(64, 0, [4, 2, 1, .infinity]), curve(64, 1, [2, 0.5, 3, 1]),
        curve(32, 0, [e * e, 1, e, 9]),
      ])
    let best = result.best("p", by: .final)
    #expect(best.map(\.width) == [32, 64] && best.map(\.log2Rate) == [-2, -2] && best[1].score == 1.25)
    // Logarithms 2, 0, 1: the parabola's lowest point is 1/6 right of the middle.
    #expect(abs(best[0].vertex - (-2 + 1.0 / 6)) < 1e-12)
    #expect(abs(result.drift("p", by: .mean) - (best[1].vertex - best[0].vertex)) < 1e-12)
  }

  @Test func badSettingsAreRefused() throws {
    var sweep = try Self.sweep()
    sweep.widths = []
    #expect(throws: ExperimentError.widths([])) { try sweep.run(on: DataKind.named("digits")) }
    sweep = try Self.sweep()
    sweep.seeds = []
    #expect(throws: ExperimentError.seeds) { try sweep.run(on: DataKind.named("digits")) }
  }

  /// Of data without rows to go through, each batch is new.
  @Test func drawnData() throws {
    var sweep = try Self.sweep(widths: [16])
    (sweep.evaluation, sweep.rates, sweep.steps) = (nil, [-7], 3)
    let data = try DataKind.named("random")
    let curves = try sweep.run(on: data).curves
    let numbers = try Hyperparameters(sweep.parametrizations[0], width: 16, base: 16, learningRate: 0x1p-7)
    let trainer = try Trainer<Float>(sweep.program.withStep(.adam()), width: 16, numbers: numbers, seed: 1)
    let source = try data.batches(for: sweep.program, width: 16, sampling: .fresh, seed: 1)
    let losses = try (0..<3).map { try trainer.step(source.trainingBatch($0)) }
    #expect(curves.first { $0.seed == 1 }?.mean == [losses.reduce(0, +) / 3])
    #expect(curves.allSatisfy { $0.final[0].isFinite && $0.final != $0.mean })
  }
}

import Gallery
import TensorPrograms
import Tensors
import TestSupport
import Testing
import Training

extension Architecture: CustomTestStringConvertible {
  public var testDescription: String { name }

  /// Small enough for a test: most are by default.
  func small() throws -> Program {
    let settings: [String: [String: String]] = [
      "mlp": ["batch": "16", "features": "8", "biases": "true"],
      "gpt": ["batch": "4", "sequence": "8", "vocabulary": "16"],
      "resnet": ["batch": "4", "image": "4", "depth": "1"],
    ]
    // A small batch can be learned by heart.
    let few = options.contains { $0.name == "batch" } ? ["batch": "4"] : [:]
    return try program(settings[name] ?? few)
  }
}

extension Optimizer: CustomTestStringConvertible {
  public var testDescription: String { name }
}

extension SampleProgram: CustomTestStringConvertible {
  package var testDescription: String { name }
}

extension Trainer {
  /// In the standard parametrization with one learning rate.
  convenience init(
    standard program: Program, width: Int = 16, rate: Double = 1e-3, decay: Double = 0, seed: UInt64 = 1,
    threads: Int = 1
  ) throws {
    let numbers = try Hyperparameters(standard: program, width: width, learningRate: rate, decay: decay)
    try self.init(program, width: width, numbers: numbers, seed: seed, threads: threads)
  }

  /// Every weight after some steps on one batch.
  func weights(after steps: Int, on batch: Batch) throws -> [[Double]] {
    for _ in 0..<steps { _ = try step(batch) }
    return try program.weights.map { try weight(program[$0.id].name) }
  }
}

/// The largest difference beside the largest entry.
func relativeDifference(_ a: [[Double]], _ b: [[Double]]) -> Double {
  let pairs = zip(a.joined(), b.joined())
  return pairs.map { abs($0 - $1) }.max().map { $0 / max(a.joined().map(abs).max() ?? 1, 1e-300) } ?? .infinity
}

/// A line through two weights: `y = up x` and a mean squared error, small enough to be followed by hand.
func line(_ optimizer: Optimizer?) throws -> Program {
  let forward = try Program("line") { p in
    let x = p.input("x", [Dimension("batch", 3), Dimension("features", 2)])
    let y = Dense("slope", to: Dimension("outputs", growing: .n), bias: true)(x)
    p.minimize(meanSquaredError(y, p.input("y", y.axes)).named("loss"))
  }
  return try optimizer.map { try forward.withStep($0) } ?? forward
}

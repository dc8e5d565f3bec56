import TensorPrograms
import Tensors
import Testing

@testable import Training

/// Small settings of the built-in architectures.
private func program(_ architecture: Architecture, _ optimizer: Optimizer) throws -> Program {
  let settings: [String: [String: String]] = [
    "mlp": ["batch": "16", "features": "8", "biases": "true"],
    "gpt": ["batch": "4", "sequence": "8", "vocabulary": "16"],
    "resnet": ["batch": "4", "image": "4", "depth": "1"],
  ]
  return try architecture.program(settings[architecture.name] ?? [:]).withStep(optimizer)
}

private func trainer<T: Element>(
  _ program: Program, width: Int = 16, rate: Double = 1e-3, decay: Double = 0, seed: UInt64 = 1, threads: Int = 1
) throws -> Trainer<T> {
  let numbers = try Numbers(standard: program, width: width, rate: rate, decay: decay)
  return try Trainer(program, width: width, numbers: numbers, seed: seed, threads: threads)
}

extension Architecture: CustomTestStringConvertible {
  public var testDescription: String { name }
}

@Suite struct Trains {
  @Test(arguments: Architecture.all, [Optimizer.sgd, .adam()])
  func lossFalls(_ architecture: Architecture, _ optimizer: Optimizer) throws {
    let program = try program(architecture, optimizer)
    let trainer: Trainer<Float> = try trainer(program, rate: optimizer.name == "SGD" ? 0.05 : 3e-3)
    let batch = try Batch(random: program, width: 16)
    let losses = try (0..<30).map { _ in try trainer.step(batch) }
    #expect(losses[29] < 0.8 * losses[0], "\(losses[0]) to \(losses[29])")
    #expect(trainer.steps == 30)
  }
}

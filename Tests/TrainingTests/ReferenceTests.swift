import Foundation
import Gallery
import TensorPrograms
import Testing
import Training

/// Five steps from the weights that PyTorch began with: what `Reference/reference.py` wrote.
@Suite struct ReferenceTests {
  struct Network: Sendable, CustomTestStringConvertible {
    var file: String
    var architecture: Architecture
    var settings: [String: String]
    var optimizer: Optimizer
    var testDescription: String { file }
  }

  static let networks =
    [Optimizer.sgd, .adam()].map {
      Network(
        file: "mlp-\($0.word)", architecture: .mlp,
        settings: ["depth": "2", "features": "6", "classes": "4", "batch": "5", "biases": "true"], optimizer: $0)
    } + [
      Network(
        file: "gpt-adamw", architecture: .gpt,
        settings: [
          "depth": "2", "heads": "2", "head-size": "n/2", "hidden": "2n", "vocabulary": "11", "sequence": "5",
          "batch": "2",
          "biases": "true",
        ], optimizer: .adamW())
    ]

  /// Weights and losses are of size 1. In double precision rounding makes some 1e-15 of difference; 1e-12 leaves room
  /// for another processor's order of sums. In single precision PyTorch's own distance from its double precision is the
  /// measure of what rounding does: ours may be another one, but not a much larger one.
  @Test(arguments: networks) func fiveStepsAreThoseOfPyTorch(_ network: Network) throws {
    let file = try Checkpoint(contentsOf: #filePath.replacing("Tests.swift", with: "/\(network.file).safetensors"))
    let exact = try steps(of: Double.self, network, file)
    #expect(exact.ours < 1e-12, "\(exact)")
    let rounded = try steps(of: Float.self, network, file)
    #expect(rounded.theirs > 1e-9 && rounded.ours < 4 * rounded.theirs, "\(rounded)")
  }

  /// The largest difference of a loss or weight, over all steps, from PyTorch in double precision; and PyTorch's own
  /// between its two precisions.
  private func steps<T: TrainingScalar>(of _: T.Type, _ network: Network, _ file: Checkpoint) throws -> (
    ours: Double, theirs: Double
  ) {
    let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
    func numbers(_ name: String) throws -> [Double] { try #require(tensors[name], "\(name)").numbers }
    func metadata(_ name: String) throws -> Double { try #require(file.metadata[name].flatMap { Double($0) }) }
    let program = try network.architecture.program(network.settings).withStep(network.optimizer)
    let width = Int(try metadata("width"))
    let trainer = try Trainer<T>(
      program, width: width,
      numbers: Hyperparameters(
        standard: program, width: width, learningRate: try metadata("rate"), decay: try metadata("decay")),
      seed: 0)
    let weights = program.weights.map { program[$0.id].name }
    #expect(Set(weights) == Set(tensors.keys.filter { $0.hasPrefix("start/") }.map { String($0.dropFirst(6)) }))
    for name in weights { try trainer.setWeight(name, to: numbers("start/" + name)) }
    var (ours, theirs) = (0.0, 0.0)
    func compare(_ own: [Double], _ name: String) throws {
      let (exact, rounded) = (try numbers("F64/" + name), try numbers("F32/" + name))
      try #require(own.count == exact.count)
      ours = zip(own, exact).reduce(ours) { max($0, abs($1.0 - $1.1)) }
      theirs = zip(rounded, exact).reduce(theirs) { max($0, abs($1.0 - $1.1)) }
    }
    let losses = ["F64", "F32"].map { tensors[$0 + "/losses"]?.numbers ?? [] }
    try #require(losses.allSatisfy { $0.count == 5 })
    for step in 0..<5 {
      var batch = Batch()
      for tensor in file.tensors where tensor.name.hasPrefix("batch/\(step)/") {
        let name = String(tensor.name.dropFirst("batch/\(step)/".count))
        if tensor.type == "I32" {
          batch.indices[name] = tensor.numbers.map { Int32($0) }
        } else {
          batch.values[name] = tensor.numbers
        }
      }
      let loss = try trainer.step(batch)
      ours = max(ours, abs(loss - losses[0][step]))
      theirs = max(theirs, abs(losses[1][step] - losses[0][step]))
      for name in weights { try compare(trainer.weight(name), "\(step + 1)/\(name)") }
    }
    return (ours, theirs)
  }
}

extension Checkpoint.Tensor {
  /// The entries of the types that the reference has.
  fileprivate var numbers: [Double] {
    bytes.withUnsafeBytes { bytes in
      switch type {
      case "F64": bytes.bindMemory(to: Double.self).map(\.self)
      case "F32": bytes.bindMemory(to: Float.self).map { Double($0) }
      default: bytes.bindMemory(to: Int32.self).map { Double($0) }
      }
    }
  }
}

import Foundation
import TestSupport
import Testing
import Training

@testable import Gallery
@testable import TensorPrograms

/// Gradients equal central differences in Double: of every sample, and of every architecture. What is in a list is
/// covered without being named here, and what is in none is found.
@Suite struct GradientTests {
  @Test(arguments: SampleCatalog.all) func ofSamples(_ sample: SampleProgram) throws {
    let program = try sample.program.withGradient()
    #expect(program.gradients.count == program.weights.count)
    // Biases and gains too begin somewhere.
    try expectDifferences(program, width: 4, directions: [11, 12, 13], step: 1e-5, tolerance: 1e-7) { name, initial in
      normal(initial.count, seed: 3, name)
    }
  }

  @Test(arguments: Architecture.all) func ofArchitectures(_ architecture: Architecture) throws {
    let program = try architecture.small().withGradient()
    #expect(program.gradients.count == program.weights.count { !$0.isFrozen })
    // What begins at zero would hide the gradients of what is behind it. Among thousands of units some lie near the
    // kink of a ReLU: the smaller the step, the fewer.
    try expectDifferences(program, width: 16, directions: [11], step: 1e-6, tolerance: 1e-6) { name, initial in
      zip(initial, normal(initial.count, seed: 5, name)).map { $0 + 0.1 * $1 }
    }
  }

  /// The derivative of the loss along a few directions of each weight, and along one of all weights together.
  private func expectDifferences(
    _ program: Program, width: Int, directions: [UInt64], step h: Double, tolerance: Double,
    start: (String, [Double]) -> [Double]
  ) throws {
    let trainer = try Trainer<Double>(
      program, width: width, numbers: Hyperparameters(standard: program, width: width, learningRate: 0), seed: 1)
    let batch = try Batch(random: program, width: width)
    let names = program.gradients.map { program[$0.weight].name }
    let starts = try names.map { start($0, try trainer.weight($0)) }
    for (name, entries) in zip(names, starts) { try trainer.setWeight(name, to: entries) }
    var gradients = [[Double]](repeating: [], count: names.count)
    _ = try trainer.evaluate(batch, observing: program.gradients.map(\.value)) { id, entries in
      for (i, gradient) in program.gradients.enumerated() where gradient.value == id { gradients[i] = Array(entries) }
    }
    for direction in directions {
      var (analytic, size) = (0.0, 0.0)
      func loss(_ moved: Range<Int>, _ t: Double) throws -> Double {
        for i in moved {
          let v = normal(starts[i].count, seed: direction, names[i])
          try trainer.setWeight(names[i], to: zip(starts[i], v).map { $0 + t * $1 })
        }
        return try trainer.evaluate(batch)
      }
      func compare(_ moved: Range<Int>, _ what: String) throws {
        let difference = try (loss(moved, h) - loss(moved, -h)) / (2 * h)
        _ = try loss(moved, 0)
        (analytic, size) = (0, 0)
        for i in moved {
          let v = normal(starts[i].count, seed: direction, names[i])
          analytic += zip(gradients[i], v).map(*).reduce(0, +)
          size += zip(gradients[i], v).map { abs($0 * $1) }.reduce(0, +)
        }
        #expect(
          abs(difference - analytic) < tolerance * max(size, 1e-3), "\(what): \(difference) beside \(analytic)")
      }
      for i in names.indices { try compare(i..<i + 1, names[i]) }
      try compare(names.indices, "all weights")
    }
  }

  // MARK: - Nothing is left out

  /// Each primitive is differentiated in some sample or architecture, or has no operand, or says that it cannot be.
  @Test func everyPrimitive() throws {
    let forward = (try SampleCatalog.all.map { try $0.program }) + (try Architecture.all.map { try $0.small() })
    let differentiated = Set(
      forward.flatMap { program in
        var reaches = program.instructions.map { $0.primitive is Weight }
        for (i, instruction) in program.instructions.enumerated() {
          if instruction.operands.contains(where: { reaches[$0.index] }) { reaches[i] = true }
        }
        return zip(program.instructions, reaches).filter(\.1).map { type(of: $0.0.primitive).mnemonic }
      })
    let steps = try Optimizer.all.map { try Architecture.mlp.small().withStep($0) }
    for type in Catalog.primitives where !differentiated.contains(type.mnemonic) {
      let place = (forward + (try forward.map { try $0.withGradient() }) + steps).lazy.compactMap { program in
        program.instructions.firstIndex { Swift.type(of: $0.primitive) == type }.map { (program, $0) }
      }.first
      guard let (program, index) = place else {
        Issue.record("\(type.mnemonic) is in no sample, architecture or optimizer")
        continue
      }
      let instruction = program.instructions[index]
      if instruction.operands.isEmpty { continue }
      let recorder = Recorder(program)
      let value = Value(recorder, ValueID(index))
      #expect(throws: ProgramError.self, "\(type.mnemonic) has a pullback that no sample tries") {
        try instruction.primitive.pullback(
          value, result: value, operands: instruction.operands.map { Value(recorder, $0) })
      }
    }
  }

  /// Each layer is used by some sample or architecture.
  @Test func everyLayer() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    func texts(_ folder: String) throws -> [String] {
      let url = root.appendingPathComponent(folder)
      return try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasSuffix(".swift") }.sorted()
        .map { try String(contentsOf: url.appendingPathComponent($0), encoding: .utf8) }
    }
    let uses =
      try texts("Sources/Gallery/Architectures").joined()
      + String(
        contentsOf: root.appendingPathComponent("Tests/Support/TestSupport/SampleCatalog.swift"), encoding: .utf8)
    let used = Set(uses.matches(of: /\w+/).map { String($0.output) })
    let layers = try texts("Sources/Gallery/Layers").flatMap { text in
      text.matches(of: /(?m)^public (?:struct|func) (\w+)/).map { String($0.output.1) }
    }
    #expect(layers.count > 20)
    let functions = Set(Nonlinearity.all.map(\.name))
    for layer in layers { #expect(used.contains(layer) || functions.contains(layer), "\(layer)") }
  }
}

import Exact
import Experiments
import Foundation
import Gallery
import Scaling
import TensorPrograms
import Testing
import Training
import TrainingData
import Verification

@Suite struct EpsilonTests {
  @Test func formula() {
    #expect(EpsilonReach(epsilon: 0.25, size: 1, exponent: -1, base: 256) == .above(1024))
    #expect(EpsilonReach(epsilon: 0.25, size: 1, exponent: Rational(-1, 2), base: 256) == .above(4096))
    #expect(EpsilonReach(epsilon: 4, size: 1, exponent: -2, base: 256) == .above(128))
    #expect(EpsilonReach(epsilon: 0.25, size: 1, exponent: 1, base: 256) == .below(64))
    #expect(EpsilonReach(epsilon: 0.25, size: 1, exponent: 0, base: 256) == .nowhere)
    #expect(EpsilonReach(epsilon: 4, size: 1, exponent: 0, base: 256) == .everywhere)
    #expect(EpsilonReach(epsilon: 0, size: 1, exponent: -1, base: 256) == .nowhere)
    #expect(EpsilonReach(epsilon: 1, size: 0, exponent: -1, base: 256) == .everywhere)
  }

  private static func measurement(
    _ optimizer: Optimizer, settings: [String: String] = ["depth": "2"], base: Int = 64, epsilon: Double? = nil
  ) throws -> (EpsilonMeasurement, Program) {
    let program = try Architecture.mlp.program(settings)
    let derivation = try program.maximalUpdate(optimizer: optimizer)
    return (
      EpsilonMeasurement(
        program: program, optimizer: optimizer, derivation: derivation, base: base, epsilon: epsilon), program
    )
  }

  /// A size that is measured at one width, and the exponent, give the size at another.
  @Test func sizesFollowTheExponents() throws {
    let wide = try Self.measurement(.adam).0.run(on: DataKind.named("digits"))
    let program = try Architecture.mlp.program(["depth": "2"])
    #expect(wide.map(\.owner.weight) == program.weights.map { program[$0.id].name })
    #expect(wide.map(\.exponent) == [-1, -1, 0])
    // The same network at 4 times the width: the same parametrization, with sizes of the first base.
    let rules = try program.maximalUpdate(optimizer: .adam).parametrization
    let stepped = try program.withStep(.adam)
    let numbers = try Hyperparameters(rules, width: 256, base: 64, learningRate: Optimizer.adam.defaultRate)
    let trainer = try Trainer<Double>(stepped, width: 256, numbers: numbers, seed: 0)
    let batch = try DataKind.named("digits").batches(for: program, width: 256).trainingBatch(0)
    _ = try trainer.step(batch)
    for found in wide {
      let epsilon = try #require(stepped.epsilons.first { $0.owner == found.owner })
      var square = 0.0
      try trainer.compute([epsilon.value], on: batch) { _, entries in
        square = entries.reduce(0) { $0 + $1 * $1 } / Double(entries.count)
      }
      let factor = square.squareRoot() / found.size
      #expect(abs(log(factor) / log(4) - found.exponent.double) < 0.2, "\(found.owner): x \(factor)")
    }
  }

  /// A constant epsilon halves the update, about, at the width that is foretold, and more and more beyond.
  @Test func updatesShrinkPastTheTakeover() throws {
    let base = 32
    let (plain, program) = try Self.measurement(.adam, base: base)
    let size = try #require(try plain.run(on: DataKind.named("digits")).first { $0.owner.weight == "layers.1" }).size
    var large = plain
    large.epsilon = size / 4
    let found = try #require(try large.run(on: DataKind.named("digits")).first { $0.owner.weight == "layers.1" })
    guard case .above(let width) = found.reach else {
      Issue.record("\(found.reach)")
      return
    }
    // The larger epsilon changes the first update, and with it the gradient of the second, a little.
    #expect(abs(width / 128 - 1) < 0.15, "\(width)")
    let rules = plain.derivation.parametrization
    func update(_ width: Int, _ epsilon: Double) throws -> Double {
      let numbers = try Hyperparameters(rules, width: width, base: base, learningRate: 0.004)
      let trainer = try Trainer<Double>(
        program.withStep(.adam(epsilon: epsilon)), width: width, numbers: numbers, seed: 0)
      let before = try trainer.weight("layers.1")
      _ = try trainer.step(DataKind.named("digits").batches(for: program, width: width).trainingBatch(0))
      return zip(try trainer.weight("layers.1"), before).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    let shares = try [16, 128, 512].map { try update($0, size / 4) / update($0, 1e-12) }
    #expect(shares[0] > 0.7 && (0.3...0.6).contains(shares[1]) && shares[2] < 0.25, "\(shares)")
  }

  /// Repeated blocks, gauges, parts of a step: every epsilon of the optimizer is found.
  @Test(arguments: ["adam", "adafactor", "lamb", "stableadamw"]) func everyEpsilonIsFound(_ name: String) throws {
    let optimizer = try Optimizer(named: name)
    let program = try Architecture.mlp.program(["depth": "5"])
    let derivation = try program.maximalUpdate(optimizer: optimizer)
    let found = try EpsilonMeasurement(program: program, optimizer: optimizer, derivation: derivation, base: 16)
      .run(on: DataKind.named("digits"))
    let own = try program.withStep(optimizer).epsilons
    #expect(Set(found.map(\.owner)) == Set(own.map(\.owner)))
    #expect(found.count == own.count)
    #expect(found.allSatisfy { $0.size > 0 })
  }

  @Test func whatIsAskedIsChecked() throws {
    let (measurement, _) = try Self.measurement(.sgd)
    #expect(try measurement.run(on: DataKind.named("digits")).isEmpty)
    var wrong = measurement
    wrong.steps = -1
    #expect(throws: ExperimentError.self) { try wrong.run(on: DataKind.named("digits")) }
    wrong = try Self.measurement(.adam, epsilon: -1).0
    #expect(throws: TrainingError.self) { try wrong.run(on: DataKind.named("digits")) }
  }
}

import Exact
import Experiments
import Foundation
import Gallery
import Scaling
import TensorPrograms
import TestSupport
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

  /// A size that is measured at one width, and the exponent, give the size at another: over several widths and seeds
  /// the slope is the exponent, by more than its error says.
  @Test func sizesFollowTheExponents() throws {
    let base = try Self.measurement(.adam).0.run(on: DataKind.named("digits"))
    let program = try Architecture.mlp.program(["depth": "2"])
    #expect(base.map(\.owner.weight) == program.weights.map { program[$0.id].name })
    #expect(base.map(\.exponent) == [-1, -1, 0])
    let rules = try program.maximalUpdate(optimizer: .adam).parametrization
    let stepped = try program.withStep(.adam)
    let widths = Nightly.choose(daily: [64, 128, 256], nightly: [64, 128, 256, 512, 1024])
    let seeds = Nightly.choose(daily: 3, nightly: 8)
    var sizes: [[[Double]]] = []
    for width in widths {
      let numbers = try Hyperparameters(rules, width: width, base: 64, learningRate: Optimizer.adam.defaultRate)
      let batch = try DataKind.named("digits").batches(for: program, width: width).trainingBatch(0)
      let trainer = try Trainer<Double>(stepped, width: width, numbers: numbers, seed: 0)
      sizes.append([])
      for seed in 0..<seeds {
        try trainer.restart(seed: UInt64(seed))
        _ = try trainer.step(batch)
        var squares: [ValueID: Double] = [:]
        try trainer.compute(stepped.epsilons.map(\.value), on: batch) { value, entries in
          squares[value] = entries.reduce(0) { $0 + $1 * $1 } / Double(entries.count)
        }
        sizes[sizes.count - 1].append(
          try base.map { found in
            let epsilon = try #require(stepped.epsilons.first { $0.owner == found.owner })
            return try #require(squares[epsilon.value]).squareRoot()
          })
      }
    }
    for (i, found) in base.enumerated() {
      let fit = try #require(SlopeFit(Sample(widths: widths, numbers: sizes.map { $0.map { $0[i] } })))
      let (slope, error) = (fit.slope, fit.standardError)
      // A readout's gradient still falls a little: activations of networks so narrow are larger.
      #expect(
        abs(slope - found.exponent.double) < 0.1 + 2 * error && error < 0.05, "\(found.owner): \(slope), \(error)")
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

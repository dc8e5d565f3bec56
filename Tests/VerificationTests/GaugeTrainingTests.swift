import Exact
import Scaling
import TensorPrograms
import Testing
import Training
import Verification

/// Two gauges of one parametrization are one network: trained from the same Gaussian, they compute the same function
/// at every step.
@Suite struct GaugeTrainingTests {
  private static let base = 8, width = 32

  /// The loss and the outputs after 0, 1, .. 5 updates.
  private func run(_ program: Program, _ optimizer: Optimizer, _ rules: Parametrization, rate: Double) throws
    -> [[Double]]
  {
    let multiplied = Set(rules.weights.filter { !$0.multiplier.isZero }.map(\.name))
    let stepped = try program.withWeightMultipliers(multiplied).withStep(optimizer)
    let numbers = try Numbers(rules, width: Self.width, base: Self.base, rate: rate)
    let trainer = try Trainer<Double>(stepped, width: Self.width, numbers: numbers, seed: 3)
    let source = try DataSource.named("random").batches(for: program, width: Self.width, sampling: .fixed)
    let output = try #require(stepped.value(named: "readout.out"))
    var found: [[Double]] = []
    for step in 0..<6 {
      var entries: [Double] = []
      let loss = try trainer.step(source.trainingBatch(step), observing: [output]) { entries = Array($1) }
      found.append([loss] + entries)
    }
    return found
  }

  private func difference(_ a: [[Double]], _ b: [[Double]]) -> Double {
    zip(a.joined(), b.joined()).map { abs($0 - $1) }.max() ?? .infinity
  }

  private static let networks: [(String, [String: String])] = [
    ("mlp", ["batch": "8", "features": "8", "biases": "true", "depth": "2"]),
    ("gpt", ["batch": "2", "sequence": "6", "vocabulary": "16", "depth": "1", "hidden": "2n"]),
    ("gpt", ["batch": "2", "sequence": "6", "vocabulary": "16", "depth": "1", "tied": "true"]),
  ]

  @Test(arguments: [
    (Optimizer.sgd, 0.05), (.momentum(), 0.02), (.adam(epsilon: 1e-40), 0.01), (.adamW(epsilon: 1e-40), 0.01),
  ]) func sameFunction(_ optimizer: Optimizer, _ rate: Double) throws {
    for (network, settings) in Self.networks {
      let program = try Architecture(named: network).program(settings)
      let rules = try program.maximalUpdate(optimizer: optimizer)
      let plain = try run(program, optimizer, rules.parametrization, rate: rate)
      #expect(abs(plain[5][0] - plain[0][0]) > 1e-3, "\(network) \(optimizer.name): it is trained")
      for gauge in [Gauge.table8, .table9, .ntk] {
        let moved = try run(program, optimizer, rules.inGauge(gauge).parametrization, rate: rate)
        let difference = difference(plain, moved)
        #expect(difference < 1e-10, "\(network) \(optimizer.name) \(gauge.name): \(difference)")
      }
    }
  }

  /// A rate that is moved by another law is another training run.
  @Test func wrongLawIsSeen() throws {
    let (network, settings) = Self.networks[0]
    let program = try Architecture(named: network).program(settings)
    let rules = try program.maximalUpdate(optimizer: .sgd).parametrization
    let law = try program.gaugeLaw(optimizer: .adam(epsilon: 1e-40))
    let plain = try run(program, .sgd, rules, rate: 0.05)
    let moved = try run(program, .sgd, rules.inGauge(.ntk, under: law), rate: 0.05)
    #expect(difference(plain, moved) > 1e-4)
  }

  /// Epsilon is not free to choose a gauge: with it as large as gradients, the function stays the same only if it
  /// follows them.
  @Test func epsilonFollowsTheGradient() throws {
    let (network, settings) = Self.networks[0]
    let program = try Architecture(named: network).program(settings)
    let optimizer = Optimizer.adam(epsilon: 1e-3)
    let law = try program.gaugeLaw(optimizer: optimizer)
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    var moved = rules
    for rule in rules.weights { try moved.move(rule.name, by: 1, under: law) }
    let plain = try run(program, optimizer, rules, rate: 0.01)
    #expect(law.weights.allSatisfy { $0.guards == [1] })
    let factor = Double(Self.base) / Double(Self.width)
    let following = try run(program, .adam(epsilon: 1e-3 * factor), moved, rate: 0.01)
    #expect(difference(plain, following) < 1e-10)
    let fixed = try run(program, optimizer, moved, rate: 0.01)
    #expect(difference(plain, fixed) > 1e-4)
  }
}

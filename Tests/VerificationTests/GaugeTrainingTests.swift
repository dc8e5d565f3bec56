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

/// Two gauges of one parametrization are one network: trained from the same Gaussian, they compute the same function
/// at every step.
@Suite struct GaugeTrainingTests {
  private static let base = 8, width = 32

  /// The loss and the outputs after 0, 1, .. 5 updates. `adjust` may change the recipe of the run.
  private func run(
    _ program: Program, _ optimizer: Optimizer, _ rules: Parametrization, rate: Double,
    adjust: (inout Recipe) -> Void = { _ in }
  ) throws -> [[Double]] {
    var recipe = Recipe(
      try TrainingProgram(program, optimizer, under: [rules]), rules, base: Self.base, width: Self.width,
      learningRate: rate, seed: 3, schedule: try Schedule(steps: 6), data: try DataKind.named("random"))
    adjust(&recipe)
    let run: TrainingRun<Double> = try recipe.setUp().run()
    let output = try #require(recipe.program.stepped.value(named: "readout.out"))
    var found: [[Double]] = []
    while !run.isFinished {
      var entries: [Double] = []
      let loss = try run.step(observing: [output]) { entries = Array($1) }.loss
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

  /// One of each kind of law: by the degree of the step, by what it sees, by its decay. At night all of them.
  private static let kinds = [
    "adamw-independent", "adam-l2", "lion", "adafactor", "lars", "lamb", "sgd-clipped", "sam", "muon", "shampoo",
    "k-fac",
  ]
  /// Their steps are homogeneous in no way: all gradients together decide the size of the step, or of SAM's
  /// perturbation.
  private static let lawless = ["sgd-clipped", "adam-clipped", "sam"]
  private static let trained = Nightly.choose(daily: kinds, nightly: Optimizer.all.map(\.word))
    .filter { !lawless.contains($0) }

  /// Those without a law say so, and are in no other gauge.
  @Test func someHaveNoLaw() throws {
    let (network, settings) = Self.networks[0]
    let program = try Architecture(named: network).program(settings)
    let found = try Optimizer.all.filter { optimizer in
      let law = try program.gaugeLaw(optimizer: optimizer)
      if law.weights.allSatisfy({ $0.degree != nil }) { return false }
      #expect(throws: ScalingError.self) { try Parametrization.standard(program).inGauge(.table9, under: law) }
      return true
    }
    #expect(found.map(\.word) == Self.lawless)
    tally("gauge training", ["optimizers trained": Self.trained.count, "without a law": found.count])
  }

  /// Every optimizer that has a law, with its own epsilons and with decay, both following the gauge as the law says.
  @Test(arguments: trained) func everyOptimizer(_ name: String) throws {
    let optimizer = try Optimizer(named: name)
    let (network, settings) = Self.networks[0]
    let program = try Architecture(named: network).program(settings)
    let law = try program.gaugeLaw(optimizer: optimizer)
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    let rate = optimizer.defaultRate / 2
    let decay = { (recipe: inout Recipe) in
      for weight in law.weights where !weight.decays.isEmpty { recipe.decay[weight.name] = 0.1 }
    }
    let plain = try run(program, optimizer, rules, rate: rate, adjust: decay)
    #expect(plain.joined().allSatisfy { $0.isFinite } && abs(plain[5][0] - plain[0][0]) > 1e-3, "it is trained")
    for gauge in [Gauge.table9, .ntk] {
      let moved = try rules.inGauge(gauge, under: law)
      let following = try run(program, optimizer, moved, rate: rate) { recipe in
        decay(&recipe)
        let epsilons = recipe.program.stepped.epsilons
        for weight in law.weights {
          let t = (moved[weight.name]?.exponents.a ?? 0).double
          let factor = { pow(Double(Self.width) / Double(Self.base), -$0 * t) }
          for (epsilon, d) in zip(epsilons.filter { $0.owner.weight == weight.name }, weight.guards) {
            recipe.epsilons[epsilon.owner] = factor(d.double)
          }
          if let d = weight.decays.first { recipe.decay[weight.name] = 0.1 * factor(d.double) }
        }
      }
      let difference = difference(plain, following)
      #expect(difference < 1e-8, "\(optimizer.name) \(gauge.name): \(difference) \(law.weights.map(\.degree))")
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

import Exact
import Scaling
import Testing

@testable import Gallery
@testable import TensorPrograms

/// Published rates of matrix optimizers, which are derived here and never read.
@Suite struct MatrixOptimizerTests {
  static let all: [Optimizer] = [
    .muon, .muonSpectral, .muonSpectralRatio, .muonMoonlight, .muonWithAdamW, .shampoo, .shampooHalf, .soap, .kfac,
  ]

  /// The exponents of the learning rates of input, hidden and output weights in a multilayer perceptron.
  private func rates(_ optimizer: Optimizer, _ options: [String: String] = [:]) throws -> [Rational] {
    let rules = try Architecture.mlp.program(options.merging(["depth": "2"]) { a, _ in a })
      .maximalUpdate(optimizer: optimizer)
    return try ["layers.0", "layers.1", "readout"].map { -(try rules.rule($0).exponents.c) }
  }

  /// sqrt(fan_out / fan_in) (2310.17813); then less what the convention multiplies by itself.
  @Test func muon() throws {
    for options in [[:], ["biases": "true"], ["zero-readout": "true"]] {
      #expect(try rates(.muon, options) == [.half, 0, -.half])
      #expect(try rates(.muonSpectral, options) == [0, 0, -.half])
      #expect(try rates(.muonSpectralRatio, options) == [0, 0, 0])
      #expect(try rates(.muonMoonlight, options) == [0, -.half, -1])
    }
  }

  /// Muon for the hidden weight, Adam for the two that grow on one side.
  @Test func mixture() throws {
    #expect(try rates(.muonWithAdamW) == [0, 0, -1])
    #expect(try rates(Optimizer(named: "adamw, matrices=muon-moonlight")) == [0, -.half, -1])
  }

  /// (fan_out / fan_in)^(1 - left - right).
  @Test(arguments: [
    (Rational(1, 4), Rational(1, 4)), (.half, .half), (Rational(1, 8), Rational(1, 8)), (.half, 0), (0, .half),
    (Rational(1, 3), Rational(1, 6)), (0, 0),
  ]) func shampoo(left: Rational, right: Rational) throws {
    let optimizer = Optimizer.shampoo(left: left, right: right)
    let e = left + right
    #expect(try rates(optimizer) == [1 - e, 0, e - 1])
    let derived = try Architecture.mlp.program().maximalUpdate(optimizer: optimizer)
    #expect(derived.degree == 1 - 2 * e)
  }

  @Test func kroneckerFactors() throws {
    #expect(try rates(.kfac) == [0, 0, 0])
    #expect(try rates(.soap) == [.half, 0, -.half])
  }

  @Test func degreesOfHomogeneity() throws {
    let expected: [Rational] = [0, 0, 0, 0, 0, 0, -1, 0, -1]
    for (optimizer, degree) in zip(Self.all, expected) {
      #expect(try Architecture.mlp.program().maximalUpdate(optimizer: optimizer).degree == degree, "\(optimizer.name)")
    }
  }

  /// Initial sizes do not depend on the optimizer, and whatever it multiplies its step by, rate times step does not.
  @Test(arguments: Self.all) func transformersAndConvolutions(_ optimizer: Optimizer) throws {
    for architecture in [Architecture.gpt, .resnet] {
      let program = try architecture.program()
      let rules = try program.maximalUpdate(optimizer: optimizer)
      let other = try program.maximalUpdate(optimizer: .sgd)
      for (own, sgd) in zip(rules.parametrization.weights, other.parametrization.weights) {
        #expect(own.exponents.b == sgd.exponents.b, "\(own.name)")
      }
      let growing = rules.parametrization.weights.filter { $0.axes.filter { $0.growth == 1 }.count == 2 }
      let hidden: Rational = optimizer.name == "Muon-Moonlight" ? .half : 0
      // A step of negative degree is largest where a gradient is smallest: for queries and keys at the first step.
      let transient = growing.filter { $0.name.hasSuffix(".query") || $0.name.hasSuffix(".key") }
      // K-FAC's matrices have degree -1, its other weights 0.
      if rules.degree.map({ $0 < 0 }) ?? (optimizer.name == "K-FAC") {
        #expect(transient.allSatisfy { $0.exponents.c > hidden })
        #expect(
          growing.allSatisfy { rule in rule.exponents.c == hidden || transient.contains { $0.name == rule.name } })
        continue
      }
      #expect(growing.count > 3 && growing.allSatisfy { $0.exponents.c == hidden })
    }
  }

  /// A run with the derived exponents learns features and nothing grows; with a rate too large by n^(1/4) it does.
  @Test(arguments: Self.all) func derivedIsStable(_ optimizer: Optimizer) throws {
    let program = try Architecture.mlp.program()
    var rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    #expect(try program.classify(rules, optimizer: optimizer).isStable)
    for i in rules.weights.indices { rules.weights[i].exponents.c -= Rational(1, 4) }
    #expect(try !program.classify(rules, optimizer: optimizer).isStable)
  }

  @Test(arguments: Self.all) func stepsAreReadBack(_ optimizer: Optimizer) throws {
    let program = try Architecture.mlp.program(["depth": "2", "biases": "true"]).withStep(optimizer)
    let again = try Program(text: program.text)
    #expect(again.text == program.text)
    #expect(again.updates.count == program.updates.count)
  }
}

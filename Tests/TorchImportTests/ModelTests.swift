import Scaling
import TensorPrograms
import TestSupport
import Testing
import Training

@testable import TorchImport

/// PyTorch models as they are, and the rules that follow from them.
@Suite struct ModelTests {
  @Test(arguments: Nightly.sample(Sample.all, every: 3)) func readsBackAndTrains(_ sample: Sample) throws {
    let model = try sample.load()
    #expect(model.report.base == sample.small)
    let text = model.program.text
    #expect(try Program(text: text).text == text)
    // Every weight is a parameter of the model or a part of one.
    let graph = try ExportedGraph(contentsOf: Sample.path(sample.name, sample.small))
    let parameters = Set(
      graph.inputs.compactMap { source in
        if case .parameter(let name) = source.kind { name } else { nil }
      })
    let weights = model.program.weights.map { model.program[$0.id].name }
    let parts = model.report.split.values.joined()
    #expect(Set(weights).subtracting(parts).isSubset(of: parameters))
    #expect(
      Set(weights).subtracting(parts).union(model.report.split.keys).union(model.report.unused) == parameters)
    // At the width of the small file the loss is a number, and every weight has a gradient.
    let program = try model.program.withGradient()
    #expect(program.gradients.count == model.program.weights.count { !$0.isFrozen })
    let trainer = try Trainer<Float>(
      program, width: sample.small,
      numbers: Hyperparameters(standard: program, width: sample.small, learningRate: 0), seed: 1)
    let loss = try trainer.evaluate(Batch(random: program, width: sample.small))
    #expect(loss.isFinite && loss > 0, "\(loss)")
  }

  @Test(arguments: Nightly.sample(Sample.all, every: 5)) func rules(_ sample: Sample) throws {
    let model = try sample.load()
    let rules = try model.program.maximalUpdate(optimizer: .adam())
    for rule in rules.parametrization.weights {
      let expected = try #require(sample.rules.first { matchesGlob($0.pattern, rule.name) }, "\(rule.name)")
      // What starts at zero has no size.
      if rule.initializer != .zero { #expect("\(rule.exponents.b)" == expected.initial, "\(rule.name)") }
      if !model.program.isFrozen(rule.name) { #expect("\(rule.exponents.c)" == expected.rate, "\(rule.name)") }
    }
    let found = Dictionary(
      uniqueKeysWithValues: rules.parametrization.multipliers.map { ($0.name, "\(-$0.exponent)") })
    #expect(found == sample.multipliers)
  }

  /// `?` for a character, `*` for any.
  private func matchesGlob(_ pattern: String, _ name: String) -> Bool {
    guard pattern.contains("?") else { return matches(pattern, name) }
    guard pattern.count <= name.count + 1 else { return false }
    let pairs = zip(pattern.dropLast(), name)
    return pattern.hasSuffix("*") && pairs.allSatisfy { $0 == "?" || $0 == $1 }
  }

  @Test func reportSaysWhatGrew() throws {
    let report = try #require(Sample.all.first { $0.name == "groups" }).load().report
    let growing = report.dimensions.filter { $0.small != $0.large }
    #expect(growing.map { "\($0.small) \($0.large) \($0.size) \($0.isExact)" } == ["16 32 n/4 true", "64 128 n true"])
    #expect(report.split == ["wqkv.weight": ["wqkv.weight/0", "wqkv.weight/1", "wqkv.weight/2"]])
    #expect(report.scalings.map(\.power) == ["d16^(-1/2)"])
    let tied = try #require(Sample.all.first { $0.name == "tied" }).load().report
    #expect(tied.unused == ["wte.weight"])
    #expect(tied.notes.count == 1)
  }

  @Test func patterns() {
    #expect(matches("*.B", "hidden.B") && matches("a*c*e", "abcde") && matches("a", "a") && matches("*", ""))
    #expect(!matches("*.B", "hidden.A") && !matches("a*a", "a") && !matches("a*x*e", "abcde"))
  }
}

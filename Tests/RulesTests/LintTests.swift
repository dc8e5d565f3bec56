import Foundation
import Gallery
import Scaling
import TensorPrograms
import Testing

@testable import Rules

/// What a trainer does beside the derived rules.
@Suite struct LintTests {
  /// What a trainer that follows the rules would do at a width, with `change` on each parameter.
  private static func dump(
    _ derivation: Derivation, _ width: Int, _ change: (inout TrainerDump.Parameter) -> Void = { _ in }
  ) throws -> TrainerDump {
    let rules = try RulesDocument(derivation, base: 64)
    let parameters = try zip(rules.weights, derivation.parametrization.weights).map { weight, rule in
      let shape = try rule.axes.map { try $0.dimension.size.value(at: width, of: $0.name) }
      let std = weight.initializer == "gaussian" ? weight.initialAtBase * rules.factor(weight.initial, at: width) : 0
      let numbers: [String: Any] = [
        "name": weight.name, "shape": shape, "std": 0.02 * std, "lr": 3e-4 * rules.factor(weight.rate, at: width),
        "weight_decay": 0.1 * rules.factor(weight.decayTimesRate, at: width),
        "eps": 1e-8 * rules.factor(weight.epsilon[0], at: width),
      ]
      let data = try JSONSerialization.data(withJSONObject: numbers)
      var parameter = try JSONDecoder().decode(TrainerDump.Parameter.self, from: data)
      change(&parameter)
      return parameter
    }
    let encoded = try JSONEncoder().encode(["parameters": parameters])
    var document = try #require(JSONSerialization.jsonObject(with: encoded) as? [String: Any])
    document["width"] = width
    return try TrainerDump(json: JSONSerialization.data(withJSONObject: document))
  }

  private static func lint(
    _ derivation: Derivation, _ widths: [Int], _ change: (Int, inout TrainerDump.Parameter) -> Void = { _, _ in }
  ) throws -> Lint {
    try Lint(
      derivation, optimizer: .adamW(), dumps: widths.map { n in try dump(derivation, n) { change(n, &$0) } }, base: 64)
  }

  private static let gpt = Result { try RulesTests.derive("gpt", ["depth": "1"], .adamW()) }

  @Test func whoFollowsTheRules() throws {
    for widths in [[64, 256], [256, 64], [256]] {
      let lint = try Self.lint(Self.gpt.get(), widths)
      #expect(lint.isClean && lint.consequence == nil, "\(lint.text)")
      #expect(lint.agreeing == 15)
    }
  }

  /// A head's rate divided by the root of the width alone, which is right for another optimizer.
  @Test(arguments: [[64, 256], [256]]) func rateOfTheHead(_ widths: [Int]) throws {
    let lint = try Self.lint(Self.gpt.get(), widths) { n, p in
      if p.name == "readout" { p.lr = (p.lr ?? 0) * (Double(n) / 64).squareRoot() }
    }
    #expect(lint.findings.map(\.parameter) == ["readout"])
    let found = try #require(lint.findings.first)
    #expect(found.quantity == .rate && found.expected == -1 && abs((found.found ?? 0) + 0.5) < 1e-9)
    #expect(lint.consequence == "unstable: readout.out grows as n^(1/2) after 1 update")
  }

  /// Gains of norms whose rate falls as those of matrices do: no harm but that they stand still.
  @Test func gainsWithTheRateOfMatrices() throws {
    let lint = try Self.lint(Self.gpt.get(), [64, 512]) { n, p in
      if p.name.hasSuffix("gain") { p.lr = (p.lr ?? 0) * 64 / Double(n) }
    }
    #expect(lint.findings.count == 3 && lint.findings.allSatisfy { $0.quantity == .rate && $0.expected == 0 })
    #expect(lint.consequence == "feature learning")
    #expect(lint.text.contains("norm.gain: rate goes as n^-1.00, the rules say 1: off by n^-1.00"))
  }

  /// One rate for all: a schedule that sets absolute rates.
  @Test func oneRateForAll() throws {
    let lint = try Self.lint(Self.gpt.get(), [64, 256]) { _, p in p.lr = 1e-3 }
    #expect(lint.findings.count { $0.quantity == .rate } == 7)
    #expect(lint.consequence?.hasPrefix("unstable") == true)
  }

  @Test func experts() throws {
    let moe = try RulesTests.derive("moe", [:], .adamW())
    let router = try #require(moe.parametrization.weights.first { $0.name.hasSuffix("router") })
    // A router started as a hidden matrix is.
    let lint = try Self.lint(moe, [64, 256]) { n, p in
      if p.name == router.name { p.std = (p.std ?? 0) * (Double(n) / 64).squareRoot() }
    }
    #expect(lint.findings.map(\.parameter) == [router.name])
    #expect(lint.findings.first?.quantity == .initial)
  }

  @Test func namesShapesAndEpsilon() throws {
    let lint = try Self.lint(Self.gpt.get(), [64, 256]) { _, p in
      if p.name == "readout" { p.name = "head" }
      if p.name == "norm.gain" { p.shape = [7] }
      p.eps = 1e-8
    }
    #expect(
      lint.text.split(separator: "\n").prefix(3) == [
        "head: the network has no such parameter",
        "norm.gain: [7] has 7 entries at width 256, the network's [model] has 256",
        "readout: the optimizer does not have it",
      ])
    #expect(lint.notes.count == 1 && lint.notes[0].contains("derive --epsilon"))
  }

  @Test func whatCannotBeCompared() throws {
    let derivation = try Self.gpt.get()
    func message(_ dumps: [TrainerDump]) -> String {
      do { _ = try Lint(derivation, optimizer: .adamW(), dumps: dumps, base: 64) } catch { return "\(error)" }
      return ""
    }
    let (a, b) = (try Self.dump(derivation, 64), try Self.dump(derivation, 256))
    #expect(message([]).contains("one dump or two") && message([a, b, b]).contains("one dump or two"))
    #expect(message([b, b]).contains("of one width") && message([a]).contains("says nothing of widths"))
    for text in [
      "", "{}", "[]", #"{"width": 0, "parameters": []}"#, #"{"width": 8, "parameters": [{"name": "a"}]}"#,
      #"{"width": 8, "parameters": [{"name": "a", "shape": [-1]}]}"#,
      #"{"width": 8, "parameters": [{"name": "a", "shape": [1], "lr": -1}]}"#,
      #"{"width": 8, "parameters": [{"name": "a", "shape": [1]}, {"name": "a", "shape": [1]}]}"#,
    ] {
      #expect(throws: RulesError.self, "\(text)") { try TrainerDump(json: Data(text.utf8)) }
    }
  }
}

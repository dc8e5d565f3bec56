import Exact
import Foundation
import Gallery
import Scaling
import TensorPrograms
import Testing

@testable import Rules

/// The rules file, its forms, and what reads it.
@Suite struct RulesTests {
  static func derive(_ name: String, _ settings: [String: String] = [:], _ optimizer: Optimizer = .adam()) throws
    -> Derivation
  { try Architecture(named: name).program(settings).maximalUpdate(optimizer: optimizer) }

  @Test func documentReadsBack() throws {
    let derivation = try Self.derive("gpt", ["depth": "1"])
    let rules = try RulesDocument(derivation, base: 64)
    let data = Data(rules.json.utf8)
    #expect(try RulesDocument(json: data) == rules)
    let readout = try #require(rules.weights.first { $0.name == "readout" })
    #expect(readout.rate == ["n": -1] && readout.initial == ["n": -1] && readout.decayTimesRate == ["n": 1])
    #expect(readout.entriesAtBase == 128 * 64 && readout.initialAtBase == 0.125)
    #expect(rules.factor(readout.rate, at: 256) == 0.25)
    // Another network has another hash, the same network at another base the same.
    #expect(try RulesDocument(derivation, base: 128).architecture == rules.architecture)
    #expect(try RulesDocument(Self.derive("gpt", ["depth": "2"]), base: 64).architecture != rules.architecture)
  }

  @Test func whatIsNoRulesFile() throws {
    let json = try RulesDocument(Self.derive("mlp"), base: 64).json
    func message(_ text: String) -> String {
      do { _ = try RulesDocument(json: Data(text.utf8)) } catch { return "\(error)" }
      return ""
    }
    #expect(message(json).isEmpty)
    #expect(message("").contains("not a rules file") && message("{}").contains("not a rules file"))
    #expect(message(json.replacing("\"version\" : 1", with: "\"version\" : 2")).contains("version 2"))
    #expect(message(json.replacing("\"rate\"", with: "\"pace\"")).contains("fields missing"))
    #expect(message(json.replacing("\"base\" : 64", with: "\"base\" : 0")).contains("base width of 0"))
    // A field that a later version adds is no matter.
    #expect(message(json.replacing("\"base\" : 64", with: "\"base\" : 64, \"depth\": 2")).isEmpty)
  }

  @Test func forms() throws {
    let rules = try RulesDocument(Self.derive("mlp", ["biases": "true"], .adamW()), base: 64)
    #expect(
      try rules.text(as: .markdown, at: 1024) == """
        | weights | initial std | learning rate | weight decay |
        |---|---|---|---|
        | `layers.*` | std | lr | wd |
        | `layers.*.bias`, `readout.bias` | 0 | lr | wd |
        | `layers.*` | std / m_d^(1/2) | lr / m_d | wd m_d |
        | `readout` | std / m_d | lr / m_d | wd m_d |

        """)
    let torchtitan = try rules.text(as: .torchtitan, at: 256)
    #expect(torchtitan.contains("lr_multiplier=0.25, weight_decay_multiplier=4.0"))
    // Layers of one pattern with rules of their own have a name each.
    #expect(torchtitan.contains(#"layers\.0|"#) && !torchtitan.contains(#"layers\.\d+|"#))
    for form in RulesForm.allCases { #expect(try !rules.text(as: form, at: 128).contains("Optional")) }
    // Patterns must not match what another rule is for.
    let table8 = try Self.derive("mlp").inGauge(Gauge(named: "table8"))
    #expect(throws: RulesError.self) { try RulesDocument(table8, base: 64).text(as: .paramGroups, at: 64) }
  }

  /// Parts of one parameter with rules of their own are refused where a form has one rule a parameter.
  @Test func parts() throws {
    let p = Dimension("p", 4)
    let d = Dimension("d", growing: .n)
    let program = try Program("parts") { r in
      let w0 = r.weight("w/0", [Axis(d), Axis(p)], .gaussian(Monomial()))
      let w1 = r.weight("w/1", [d.prime, Axis(d)], .gaussian(Monomial(1, [(d, Rational(-1, 2))])))
      let readout = r.weight("r", [Axis(p), Axis(d)], .gaussian(Monomial(1, [(d, Rational(-1, 2))])))
      let x = r.input("x", .batch, p)
      let h = map(.tanh, contract([x, w0], to: [Axis(.batch), Axis(d)]))
      let y = map(.tanh, rename(contract([h, w1], to: [Axis(.batch), d.prime]), d.prime, to: Axis(d)))
      r.minimize(mean(map(.square, contract([y, readout], to: [Axis(.batch), Axis(p)]))).named("loss"))
    }
    let rules = try RulesDocument(program.maximalUpdate(optimizer: .adam()), base: 64)
    #expect(rules.weights.map(\.parameter) == ["w", "w", "r"])
    #expect(throws: RulesError.parts(parameter: "w", form: "param-groups")) {
      try rules.text(as: .paramGroups, at: 64)
    }
  }
}

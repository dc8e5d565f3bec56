import Exact
import Foundation
import Gallery
import Interchange
import TensorPrograms
import TestSupport
import Testing

@testable import Verification

/// The check of the check: wrong rules are put to it.
@Suite struct AuditTests {
  private static func settings(_ sample: Int) -> AuditSettings {
    AuditSettings(
      widths: [32, 64, 128, 256], seeds: 4, steps: 2, shifts: [Rational(1, 4), Rational(1, 2)], sample: sample,
      version: "test")
  }

  /// By day a few mutations of the smallest network, at night more of several: those that the check agrees with are few,
  /// and the derived rules are not refuted.
  @Test(arguments: ["adam", "sgd", "adamw"]) func wrongRulesAreNoticed(_ optimizer: String) throws {
    let audit = Audit(
      architectures: Nightly.choose(daily: [.mlp], nightly: [.mlp, .gpt, .resnet]),
      optimizers: [try Optimizer(named: optimizer)],
      settings: Self.settings(Nightly.choose(daily: 5, nightly: 40)), workers: 1)
    let cells = try audit.run()
    let cases = cells.flatMap(\.cases)
    let missed = cases.filter { $0.verdict == .agrees }
    tally(
      "mutations, \(optimizer)",
      [
        "tried": cases.count, "refuted": cases.count { $0.verdict == .disagrees }, "missed": missed.count,
      ])
    #expect(cells.allSatisfy { $0.error == nil && $0.correct != .disagrees }, "\(cells.map(\.refuted))")
    #expect(cases.count >= 5)
    #expect(missed.count * 20 <= cases.count, "\(missed.map(\.mutation.text))")
    #expect(
      cases.filter { $0.verdict == .disagrees }.count { $0.isNamed } * 10 >= 9
        * cases.count { $0.verdict == .disagrees })
  }

  @Test func recordsGoOn() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".jsonl").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let settings = AuditSettings(widths: [16, 32], seeds: 1, steps: 1, sample: 1, version: "test")
    let audit = Audit(architectures: [.mlp], optimizers: [.sgd, .adam()], settings: settings, workers: 1)
    let cells = try audit.run(record: CellRecord(file: file, settings: settings))
    #expect(cells.count == 2 && cells.allSatisfy { $0.cases.count == 1 && $0.possible > 1 })
    let whole = try String(contentsOfFile: file, encoding: .utf8)
    #expect(try audit.run(record: CellRecord(file: file, settings: settings)) == cells)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == whole)
    // A cell of another derivation is made again.
    let other = whole.replacing(cells[0].derivation, with: "0000000000000000")
    try other.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try audit.run(record: CellRecord(file: file, settings: settings)).map(\.cases) == cells.map(\.cases))
    #expect(try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count == 3)
    let report = AuditReport(cells)
    #expect(report.table.contains("optimizer") && report.markdown.hasPrefix("| optimizer | rule | by |"))
    #expect(report.sentence.contains(" of \(cells.reduce(0) { $0 + $1.possible }) mutations caught"))
  }

  /// Every kind of rule is moved, up and down, and a sample is spread over all.
  @Test func mutations() throws {
    let program = try Architecture.gpt.program(["depth": "1"])
    let derivation = try program.maximalUpdate(optimizer: .adamW())
    let rules = try Regularization(program, .adamW(), derivation, decay: 0.1, epsilon: 1e-8)
    let all = Mutation.all(derivation, rules, by: [Rational(1, 4)])
    #expect(Set(all.map(\.kind)) == Set(Mutation.Kind.allCases))
    #expect(Set(all).count == all.count && all.contains { $0.text == "readout.c - 1/4" })
    #expect(!all.contains { $0.kind == .b && $0.name.hasSuffix(".bias") })
    let sample = Audit.sample(all, 10)
    #expect(Set(sample).count == 10 && Audit.sample(all, nil) == all)
  }
}

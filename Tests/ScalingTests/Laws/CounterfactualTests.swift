import Laws
import TensorPrograms
import TestSupport
import Testing

/// What an explanation names is what binds.
@Suite struct CounterfactualTests {
  /// Explanations that are known to name something else, by the network's name and the weight's, with the reason.
  static let known: [(program: String, weight: String, reason: Comment)] = []

  @Test(arguments: LawOptimizer.allCases) func whatIsNamedBinds(_ optimizer: LawOptimizer) throws {
    var found = Counterfactual()
    for seed in Nightly.choose(daily: 0..<3, nightly: 0..<400) as Range<UInt64> {
      try found.run(
        RandomProgram.make(seed: seed), optimizer, seed: seed, oneIn: Nightly.choose(daily: 6, nightly: 1))
    }
    for fault in found.faults {
      if let known = Self.known.first(where: { $0.program == fault.program.name && $0.weight == fault.weight }) {
        withKnownIssue(known.reason) { Issue.record("\(fault)") }
      } else {
        Issue.record("\(fault)")
      }
    }
    tally(
      "explanations, \(optimizer.rawValue)",
      [
        "what was named": found.named, "what was not": found.others,
        "named in vain": found.faults.count { $0.wasNamed },
        "not named though it binds": found.faults.count { !$0.wasNamed },
      ])
    for skip in Counterfactual.Skip.allCases {
      tally("explanations not tried, \(optimizer.rawValue)", [skip.rawValue: found.skipped[skip, default: 0]])
    }
    #expect(found.named >= Nightly.choose(daily: 2, nightly: 4000))
    #expect(2 * found.others >= found.named)
  }
}

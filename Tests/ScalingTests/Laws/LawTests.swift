import Gallery
import Laws
import TensorPrograms
import TestSupport
import Testing

/// The answer to a program does not depend on how it is written, and moves as it must where a power of the width is put in
/// (metamorphic tests): over random programs, the cases, the catalog and the gallery.
@Suite struct LawTests {
  /// Kinds of violations that are known, each with a way to tell them and the reason.
  struct Known: Sendable {
    var reason: Comment
    var matches: @Sendable (Violation) -> Bool
  }

  static let known: [Known] = []

  /// Random programs that are tried: at night every transform that applies, by day a few of them.
  static let seeds = Nightly.choose(daily: 0..<24, nightly: 0..<5000) as Range<UInt64>

  @Test func ofRandomPrograms() throws {
    var tally = LawTally()
    for seed in Self.seeds {
      try tally.run(RandomProgram.make(seed: seed), seed: seed, oneIn: Nightly.choose(daily: 8, nightly: 1))
    }
    report(tally, "random programs", programs: Self.seeds.count)
    #expect(tally.tried >= Nightly.choose(daily: 100, nightly: 100_000))
    // Most of them have an answer.
    #expect(10 * (tally.refused + tally.doubted) <= tally.answered)
  }

  @Test func ofCases() throws {
    var tally = LawTally()
    for (k, one) in Nightly.sample(Case.all, every: 16).enumerated() {
      try tally.run(one.program, seed: UInt64(k), oneIn: Nightly.choose(daily: 8, nightly: 1))
    }
    report(tally, "cases", programs: tally.answered / 2)
  }

  @Test func ofTheCatalog() throws {
    var tally = LawTally()
    for (k, sample) in Nightly.sample(SampleCatalog.all, every: 16).enumerated() {
      try tally.run(sample.programOfData, seed: UInt64(k), oneIn: Nightly.choose(daily: 8, nightly: 1))
    }
    report(tally, "catalog", programs: tally.answered / 2)
  }

  @Test func ofTheGallery() throws {
    var tally = LawTally()
    for (k, network) in Nightly.sample(Architecture.all, every: 16).enumerated() {
      let isDeep = network.options.contains { $0.name == "depth" }
      try tally.run(
        network.program(isDeep ? ["depth": "1"] : [:]), seed: UInt64(k), oneIn: Nightly.choose(daily: 16, nightly: 1))
    }
    report(tally, "gallery", programs: tally.answered / 2)
  }

  /// Blocks that repeat are answered as if each had been looked at.
  @Test(arguments: Nightly.choose(daily: 0..<2, nightly: 0..<100) as Range<UInt64>)
  func foldingChangesNothing(seed: UInt64) throws {
    let program = try RandomProgram.deep(seed: seed)
    for optimizer in LawOptimizer.allCases {
      let (folded, whole) = (
        try program.answer(optimizer, folding: true), try program.answer(optimizer, folding: false)
      )
      #expect(folded == whole, "\(folded.differences(from: whole))\n\(program.text)")
    }
  }

  /// Every transform is tried often enough to mean something.
  @Test(.enabled(if: Nightly.isOn)) func everyTransformApplies() throws {
    var tally = LawTally()
    for seed in 0..<200 as Range<UInt64> {
      try tally.run(RandomProgram.make(seed: seed), seed: seed, optimizers: [.adam])
    }
    for transform in Transform.all { #expect(tally.counts[transform.name] != nil, "\(transform.name) never applies") }
  }

  private func report(_ tally: LawTally, _ what: String, programs: Int) {
    var known = 0
    for violation in tally.violations {
      if let kind = Self.known.first(where: { $0.matches(violation) }) {
        known += 1
        withKnownIssue(kind.reason) { Issue.record("\(violation)") }
      } else {
        // A small program tells more than a large one; by night there is time to look for it.
        Issue.record("\(Transform.all.first { $0.name == violation.transform }?.shrunk(violation) ?? violation)")
      }
    }
    TestSupport.tally(
      "laws of \(what)",
      [
        "programs": programs, "answers": tally.answered, "refused": tally.refused, "doubted": tally.doubted,
        "tried": tally.tried, "violated": tally.violations.count, "of known kinds": known,
      ])
    for (name, counts) in tally.counts.sorted(by: { $0.key < $1.key }) where Nightly.isOn {
      TestSupport.tally(
        "\(what): \(name)", ["held": counts.held, "doubted": counts.doubted, "violated": counts.violated])
    }
  }
}

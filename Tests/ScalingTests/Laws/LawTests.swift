import Gallery
import Laws
import TensorPrograms
import TestSupport
import Testing

/// The answer to a program does not depend on how it is written, and moves as it must where a power of the width is put in
/// (metamorphic tests): over random programs, the cases, the catalog and the gallery.
@Suite struct LawTests {
  /// Transforms that are known to change some answers, with the reason; all others change none. What they change are
  /// few: no more than this share of the tries of each.
  static let known: [String: Comment] = [
    "a contraction is a product, then a sum": between,
    "contractions are joined": between,
    "contractions are taken in another order": between,
    "an outer product is taken first": between,
    "weights that are alike are a stack, sliced": "slices of one weight are read as the same Gaussian matrix",
    "a power of n follows a weight": "the most even of sizes that no value tells apart moves with the power",
    "a weight is several, put together": "a sum of several weights without a matrix may not settle",
    "a mean of copies is put in": "what lies between a weight and a sum over the width decides where it is judged",
    "independent instructions in another order": "where several points are best, the one found first is kept",
  ]
  private static let between: Comment =
    "which of two data a matrix meets first is open where nothing else tells them apart"
  private static let knownShare = 0.08

  /// By night 5,000 random programs, each with two of the forty transforms in the mean under both optimizers; by day a
  /// few programs and transforms. Some transforms do not apply to some programs.
  static let parts = Nightly.choose(daily: 0..<1, nightly: 0..<50) as Range<UInt64>
  private static let partSize: UInt64 = Nightly.choose(daily: 6, nightly: 100)

  @Test(arguments: parts) func ofRandomPrograms(part: UInt64) throws {
    var tally = LawTally()
    for seed in part * Self.partSize..<(part + 1) * Self.partSize {
      try tally.run(RandomProgram.make(seed: seed), seed: seed, oneIn: Nightly.choose(daily: 8, nightly: 20))
    }
    report(tally, "random programs, part \(part)", programs: Int(Self.partSize))
    #expect(tally.tried >= Nightly.choose(daily: 8, nightly: 3 * Int(Self.partSize)))
    // Most of them have an answer.
    #expect(10 * (tally.refused + tally.unconfirmed) <= tally.answered)
  }

  @Test func ofCases() throws {
    var tally = LawTally()
    for (k, one) in Nightly.sample(Case.all, every: 32).enumerated() {
      guard let program = one.program else { continue }
      try tally.run(program, seed: UInt64(k), oneIn: Nightly.choose(daily: 8, nightly: 1))
    }
    report(tally, "cases", programs: tally.answered / 2)
  }

  @Test func ofTheCatalog() throws {
    var tally = LawTally()
    for (k, sample) in Nightly.sample(SampleCatalog.all, every: 32).enumerated() {
      try tally.run(sample.programWithTargets, seed: UInt64(k), oneIn: Nightly.choose(daily: 8, nightly: 1))
    }
    report(tally, "catalog", programs: tally.answered / 2)
  }

  @Test func ofTheGallery() throws {
    var tally = LawTally()
    for (k, network) in Nightly.sample(Architecture.all, every: 32).enumerated() {
      let isDeep = network.options.contains { $0.name == "depth" }
      try tally.run(
        network.program(isDeep ? ["depth": "1"] : [:]), seed: UInt64(k), oneIn: Nightly.choose(daily: 16, nightly: 1))
    }
    report(tally, "gallery", programs: tally.answered / 2)
  }

  /// Blocks that repeat are answered as if each had been looked at.
  @Test(arguments: Nightly.choose(daily: 0..<1, nightly: 0..<100) as Range<UInt64>)
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
    for (transform, counts) in tally.counts where Self.known[transform] != nil {
      let tries = counts.held + counts.violated
      // A few tries have no share.
      if tries >= 50 {
        #expect(Double(counts.violated) <= Self.knownShare * Double(tries), "\(transform): \(counts)")
      }
    }
    var (known, shown) = (0, 0)
    for violation in tally.violations {
      if let reason = Self.known[violation.transform] {
        known += 1
        withKnownIssue(reason) { Issue.record("\(violation)") }
      } else if shown < 3, let transform = Transform.all.first(where: { $0.name == violation.transform }) {
        shown += 1
        // A small program tells more than a large one.
        Issue.record("\(transform.shrunk(violation))")
      } else {
        Issue.record("\(violation)")
      }
    }
    TestSupport.tally(
      "laws of \(what)",
      [
        "programs": programs, "answers": tally.answered, "refused": tally.refused, "not confirmed": tally.unconfirmed,
        "tried": tally.tried, "violated": tally.violations.count, "of known kinds": known,
      ])
  }
}

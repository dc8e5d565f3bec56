import Scaling
import TensorPrograms
import TestSupport
import Testing
import TrainingData
import Verification

/// Tables that a derivation once gave, and that are wrong. A check that holds them against what is derived must disagree
/// and name the weight; and one that is told to expect just what they lead to must find by measurement alone that they do
/// not keep what is promised, where they do not.
@Suite struct WrongTableTests {
  struct Case: Sendable, CustomTestStringConvertible {
    /// Of ``CaseFiles``.
    var file: String
    /// What the table said, where that is not what is derived.
    var wrong: [String]
    /// A weight whose rule is wrong.
    var weight: String
    /// A value or weight that keeps no promise, whatever is expected; nil where nothing grows and what vanishes says so.
    var broken: String?
    var testDescription: String { file }
  }

  private static func grid(_ one: Case, isBelieved: Bool) throws -> CheckGrid {
    let program = try CaseFiles.program(one.file)
    let derivation = try program.maximalUpdate(optimizer: .adam())
    var wrong = derivation.parametrization
    for assignment in one.wrong { try wrong.set(assignment) }
    let check = CoordinateCheck(
      program: program, optimizer: .adam(), parametrization: wrong,
      predictions: try program.predictions(
        isBelieved ? wrong : derivation.parametrization, optimizer: .adam(), steps: 3),
      derivation: derivation,
      widths: Nightly.choose(daily: [32, 64, 128, 256], nightly: [64, 128, 256, 512, 1024]), steps: 3, workers: 1)
    return try check.run(on: DataKind.named("random")).grid
  }

  @Test(arguments: cases) func isRefuted(_ one: Case) throws {
    let grid = try Self.grid(one, isBelieved: false)
    #expect(grid.verdict == .disagrees)
    let named =
      grid.rows.filter { $0.verdict == .disagrees }.map(\.value)
      + grid.promises.filter { $0.verdict == .disagrees }.map(\.value)
    #expect(named.contains(one.weight), "\(named)")
  }

  @Test(arguments: cases.filter { $0.broken != nil }) func promisesAreBroken(_ one: Case) throws {
    let grid = try Self.grid(one, isBelieved: true)
    #expect(grid.verdict == .disagrees)
    let broken = grid.promises.filter { $0.verdict == .disagrees }.map(\.value)
    #expect(try broken.contains(#require(one.broken)), "\(broken)")
  }

  /// A value may grow if a power of the width behind it takes that back: nothing is promised of its own scale.
  @Test func whatIsScaledBackMayGrow() throws {
    let one = Case(file: "report-siamese-over-sqrt", wrong: [], weight: "proj", broken: nil)
    let grid = try Self.grid(one, isBelieved: false)
    #expect(grid.asPromised != .disagrees, "\(grid.promises)")
    #expect(
      grid.promises.contains { $0.value == "similarity" } && !grid.promises.contains { $0.value == "similarity0" })
  }

  static let all = [
    Case(file: "report-gram", wrong: ["W.b=1", "W.c=1"], weight: "W", broken: "similarity"),
    Case(file: "report-siamese-plain", wrong: ["proj.b=3/2", "proj.c=2"], weight: "proj", broken: "similarity"),
    Case(file: "report-siamese-over-sqrt", wrong: ["proj.b=1", "proj.c=3/2"], weight: "proj", broken: nil),
    Case(file: "report-bigram-tied", wrong: ["embed.b=1", "embed.c=1"], weight: "embed", broken: "logits"),
    Case(file: "report-C1-weightnorm", wrong: ["v.b=0", "v.c=0"], weight: "v", broken: "v"),
    Case(file: "report-C-weightnorm", wrong: ["g.b=1/2", "g.c=1/2"], weight: "g", broken: "readout.out"),
    Case(file: "report-wsconv", wrong: ["mid.b=0", "mid.c=0"], weight: "mid", broken: "mid.out"),
    Case(file: "report-D2-before", wrong: ["A.b=0", "A.c=0", "B.b=3/2", "B.c=2"], weight: "A", broken: nil),
    Case(file: "report-E-tanhw", wrong: ["v.b=1", "v.c=1"], weight: "v", broken: nil),
    Case(
      file: "report-clip-exp", wrong: ["temperature.b=-1/2", "temperature.c=-1/2"], weight: "temperature",
      broken: "logits"),
    Case(
      file: "report-clip-sigmoid", wrong: ["temperature.b=-1/2", "temperature.c=-1/2"], weight: "temperature",
      broken: "temperature"),
    Case(
      file: "report-contrastive-cos", wrong: ["temperature.b=-1/2", "temperature.c=-1/2"], weight: "temperature",
      broken: "logits"),
    Case(
      file: "report-deeponet", wrong: ["trunk.1.b=3/2", "trunk.1.c=2", "branch.1.b=1/2", "branch.1.c=1"],
      weight: "trunk.1", broken: nil),
    Case(
      file: "report-manyclasses", wrong: ["mid.b=1/2", "mid.c=1", "readout.b=1/2", "readout.c=1"], weight: "readout",
      broken: "right"),
  ]
  /// Those that are small.
  static let cases = Nightly.choose(daily: Array(all.prefix(4)), nightly: all)
}

import Scaling
import TensorPrograms
import TestSupport
import Testing
import TrainingData
import Verification

/// Tables that a derivation once gave, and that are wrong: a check that is told to expect just what they lead to must find
/// by measurement alone that they do not keep what is promised; and one that expects what is right must name the weight.
@Suite struct WrongTableTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var text: String
    var wrong: [String]
    /// Nil where another program is needed to say what is right.
    var right: [String]?
    /// A weight whose rule is wrong, and a value that shows it.
    var weight: String
    var value: String
    var testDescription: String { String(text.prefix { $0 != "\n" }) }
  }

  private static func grid(_ one: Case, expecting right: [String]?) throws -> CheckGrid {
    let program = try Program(text: one.text)
    var wrong = try program.maximalUpdate(optimizer: .adam()).parametrization
    var expected = wrong
    for assignment in one.wrong { try wrong.set(assignment) }
    for assignment in right ?? one.wrong { try expected.set(assignment) }
    let check = CoordinateCheck(
      program: program, optimizer: .adam(), parametrization: wrong,
      predictions: try program.predictions(expected, optimizer: .adam(), steps: 3),
      widths: Nightly.choose(daily: [32, 64, 128, 256], nightly: [64, 128, 256, 512, 1024]), steps: 3, workers: 1)
    return try check.run(on: DataKind.named("random")).grid
  }

  @Test(arguments: cases) func promisesAreBroken(_ one: Case) throws {
    let grid = try Self.grid(one, expecting: nil)
    #expect(grid.verdict == .disagrees)
    let broken = grid.promises.filter { $0.verdict == .disagrees }.map(\.value)
    #expect(broken.contains(one.value), "\(broken)")
  }

  @Test(arguments: cases.filter { $0.right != nil }) func predictionsAreRefuted(_ one: Case) throws {
    let grid = try Self.grid(one, expecting: one.right)
    #expect(grid.asPredicted == .disagrees)
    #expect(grid.rows.contains { $0.value == one.weight && $0.verdict == .disagrees })
  }

  private static let gram = Case(
    text: """
      program gram
      dimension batch = 8
      dimension features = 16
      dimension hidden = n

      left [batch, features] = input
      right [batch, features] = input
      W [hidden, features] = weight gaussian(features^(-1/2))
      %1 [batch, hidden] = contract left, W
      %2 [batch, hidden] = contract right, W
      similarity [batch] = contract %1, %2
      target [batch] = input
      %3 [batch] = add similarity, target times(1, -1)
      %4 [batch] = square %3
      %5 [] = sum %4
      loss [] = scale %5 by(batch^(-1))
      minimize loss

      """,
    wrong: ["W.b=1", "W.c=1"], right: ["W.b=1/2", "W.c=1/2"], weight: "W", value: "similarity")

  private static let siamese = Case(
    text: """
      program siamese-plain
      dimension batch = 8
      dimension features = 16
      dimension hidden = n
      dimension embed = n

      left [batch, features] = input
      right [batch, features] = input
      in [hidden, features] = weight gaussian(features^(-1/2))
      proj [embed, hidden] = weight gaussian(hidden^(-1/2))
      %1 [batch, hidden] = contract left, in
      %2 [batch, hidden] = tanh %1
      %3 [batch, embed] = contract %2, proj
      %4 [batch, hidden] = contract right, in
      %5 [batch, hidden] = tanh %4
      %6 [batch, embed] = contract %5, proj
      similarity [batch] = contract %3, %6
      target [batch] = input
      %7 [batch] = add similarity, target times(1, -1)
      %8 [batch] = square %7
      %9 [] = sum %8
      loss [] = scale %9 by(batch^(-1))
      minimize loss

      """,
    wrong: ["proj.b=3/2", "proj.c=2"], right: ["proj.b=1", "proj.c=3/2"], weight: "proj", value: "similarity")

  private static let weightNorm = Case(
    text: """
      program weightnorm1
      dimension batch = 16
      dimension features = 32
      dimension hidden = n
      dimension classes = 10

      features [batch, features] = input
      in [hidden, features] = weight gaussian(features^(-1/2))
      in.out [batch, hidden] = contract features, in
      %1 [batch, hidden] = tanh in.out
      v [hidden', hidden] = weight gaussian(hidden^(-1/2))
      %2 [hidden', hidden] = square v
      %3 [hidden'] = sum %2
      %4 [hidden'] = guard %3 epsilon(1e-12)
      %5 [hidden'] = sqrt %4
      %6 [hidden'] = reciprocal %5
      %7 [hidden', hidden] = contract v, %6
      %8 [batch, hidden'] = contract %1, %7
      mid.out [batch, hidden] = rename %8 axis(hidden') to(hidden)
      %9 [batch, hidden] = tanh mid.out
      readout [classes, hidden] = weight gaussian(hidden^(-1/2))
      readout.out [batch, classes] = contract %9, readout
      label [batch] = indices below(classes)
      %10 [batch] = logsumexp readout.out
      %11 [batch] = gather readout.out, label along(classes)
      %12 [batch] = add %10, %11 times(1, -1)
      %13 [] = sum %12
      loss [] = scale %13 by(batch^(-1))
      minimize loss

      """,
    wrong: ["v.b=0", "v.c=0"], right: nil, weight: "v", value: "mid.out")

  private static let manyClasses = Case(
    text: """
      program manyclasses
      dimension batch = 16
      dimension features = 16
      dimension hidden = n
      dimension classes = n

      features [batch, features] = input
      in [hidden, features] = weight gaussian(features^(-1/2))
      in.out [batch, hidden] = contract features, in
      %1 [batch, hidden] = tanh in.out
      mid [hidden', hidden] = weight gaussian(hidden^(-1/2))
      %2 [batch, hidden'] = contract %1, mid
      mid.out [batch, hidden] = rename %2 axis(hidden') to(hidden)
      %3 [batch, hidden] = tanh mid.out
      readout [classes, hidden] = weight gaussian(hidden^(-1/2))
      readout.out [batch, classes] = contract %3, readout
      label [batch] = indices below(classes)
      lse [batch] = logsumexp readout.out
      right [batch] = gather readout.out, label along(classes)
      %4 [batch] = add lse, right times(1, -1)
      %5 [] = sum %4
      loss [] = scale %5 by(batch^(-1))
      minimize loss

      """,
    wrong: ["mid.b=1/2", "mid.c=1", "readout.b=1/2", "readout.c=1"], right: nil, weight: "readout", value: "right")

  static let cases = Nightly.choose(daily: [gram, siamese], nightly: [gram, siamese, weightNorm, manyClasses])
}

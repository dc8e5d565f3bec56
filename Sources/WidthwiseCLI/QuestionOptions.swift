import ArgumentParser
import Widthwise

/// What is held fixed while the rest of a parametrization is derived.
struct QuestionOptions: ParsableArguments {
  @Option(
    name: .customLong("fix"),
    help: ArgumentHelp(
      "Hold an exponent: NAME.a=1/2 (multiplier n^-a), NAME.b=1/2 (std n^-b), NAME.c=1 (rate n^-c) or MULTIPLIER=-1/2; * in a name stands for any letters. May be given several times.",
      valueName: "name.b=1/2"))
  var fixed: [String] = []

  @Flag(name: .customLong("global-rate"), help: "One learning rate for all weights.")
  var globalRate = false

  @Option(
    name: .customLong("equal-rates"),
    help: ArgumentHelp("One learning rate for all weights that fit.", valueName: "pattern"))
  var equalRates: [String] = []

  @Flag(name: .customLong("no-multipliers"), help: "No weight has a multiplier; others are the standard ones.")
  var noMultipliers = false

  @Flag(
    name: .customLong("standard-init"),
    help: "Initial sizes and multipliers of the standard parametrization: the largest stable rates for them.")
  var standardInit = false

  @Option(
    help: ArgumentHelp(
      "Assume how updates align with what they meet, instead of deriving it: full, none, or the three numbers alpha,omega,u of Everett et al. 2024. Initial sizes are the derived ones, or with --standard-init the standard ones.",
      valueName: "assumption"))
  var alignment: String?

  var isAsked: Bool { isConstrained || alignment != nil }
  private var isConstrained: Bool {
    !fixed.isEmpty || globalRate || !equalRates.isEmpty || noMultipliers || standardInit
  }

  /// The answer, or nil if nothing is asked beyond the maximal update parametrization.
  func derive(_ program: Program, _ optimizer: Optimizer) throws -> Derivation? {
    guard isAsked else { return nil }
    if let alignment {
      guard fixed.isEmpty, !globalRate, equalRates.isEmpty, !noMultipliers else {
        throw ProgramError.option(
          "--alignment goes with --standard-init only: with other constraints the calculus decides what aligns")
      }
      return try program.largestRates(
        optimizer: optimizer, from: standardInit ? .standard : .derived, alignment: QuestionOptions.parse(alignment))
    }
    var constraints: [Constraint] = []
    if standardInit { constraints.append(.standardInitialization) }
    if noMultipliers { constraints.append(.noMultipliers) }
    if globalRate { constraints.append(.equalRates(pattern: "*")) }
    constraints += equalRates.map { .equalRates(pattern: $0) }
    constraints += try fixed.map { try Constraint($0, multipliers: program.multipliers.map(\.name)) }
    return try program.maximalUpdate(optimizer: optimizer, subjectTo: constraints)
  }

  private static func parse(_ text: String) throws -> Alignment {
    switch text {
    case "full": return .full
    case "none": return Alignment.none
    default:
      let numbers = text.split(separator: ",").map { Rational(String($0)) }
      guard numbers.count == 3, let alpha = numbers[0], let omega = numbers[1], let u = numbers[2],
        [alpha, omega, u].allSatisfy({ $0 >= 0 && $0 <= 1 })
      else {
        throw ProgramError.option(
          "--alignment \(text): write full, none, or three numbers from 0 to 1 such as 1,1/2,1 (alpha, omega, u)")
      }
      return Alignment(alpha: alpha, omega: omega, u: u)
    }
  }
}

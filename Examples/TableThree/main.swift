// Table 3 of Tensor Programs V (2203.03466), derived from the programs of an MLP and of a GPT.
//
//   swift run TableThree            // --quick: fewer layers
//
// The paper states it by kinds of weights, and gives the standard parametrization in parentheses. No such kinds are
// known to the derivation: each weight's exponents follow from its uses, and are sorted into the table afterwards.

import Foundation
import Widthwise

/// The columns. A weight's fan-in are the dimensions that its standard initialization divides by.
enum Kind: String, CaseIterable {
  case input = "input weights & all biases"
  case output = "output weights"
  case hidden = "hidden weights"

  init(_ rule: WeightRule) {
    var sumsOverWidth = false
    if case .gaussian(let deviation) = rule.initializer { sumsOverWidth = !deviation.growth.isZero }
    let growing = rule.axes.count { !$0.growth.isZero }
    self = !sumsOverWidth ? .input : growing == 1 ? .output : .hidden
  }

  /// What the paper says, as powers of n: fan_in and fan_out are n where they grow, and 1 where they do not.
  var published: (variance: Rational, sgd: Rational, adam: Rational) {
    switch self {
    case .input: (0, 1, 0)  // 1/fan_in, fan_out, 1
    case .output: (-2, -1, -1)  // 1/fan_in^2, 1/fan_in, 1/fan_in
    case .hidden: (-1, 0, -1)  // 1/fan_in, 1, 1/fan_in
    }
  }
}

/// The one exponent that all weights of a kind have, if they agree.
func common(_ rules: Parametrization, _ kind: Kind, _ exponent: (WeightRule) -> Rational) -> Rational? {
  // Biases of the outputs have no growing axis: nothing about them depends on the width.
  let found = Set(rules.weights.filter { Kind($0) == kind && $0.axes.contains { !$0.growth.isZero } }.map(exponent))
  return found.count == 1 ? found.first : nil
}

func deriveTable(_ program: Program) throws -> Bool {
  let standard = Parametrization.standard(program)
  let sgd = try program.maximalUpdate(optimizer: .sgd).parametrization
  let adam = try program.maximalUpdate(optimizer: .adam).parametrization

  var table = TextTable(
    [("\(program.name), \(adam.weights.count) weights", .left)] + Kind.allCases.map { ($0.rawValue, .left) })
  var agrees = true
  func row(_ title: String, _ value: (Kind) -> Rational?, standard: (Kind) -> Rational?, published: (Kind) -> Rational)
  {
    table.append(
      [title]
        + Kind.allCases.map { kind in
          agrees = agrees && value(kind) == published(kind)
          let own = value(kind)?.asPowerOfWidth ?? "differ"
          return own + " (\(standard(kind)?.asPowerOfWidth ?? "differ"))"
        })
  }
  row(
    "init variance", { common(adam, $0) { 2 * $0.initialSize } },
    standard: { common(standard, $0) { 2 * $0.initialSize } },
    published: { $0.published.variance })
  row(
    "SGD learning rate", { common(sgd, $0, \.rate) }, standard: { common(standard, $0, \.rate) },
    published: { $0.published.sgd })
  row(
    "Adam learning rate", { common(adam, $0, \.rate) }, standard: { common(standard, $0, \.rate) },
    published: { $0.published.adam })
  print(table.text)
  print(agrees ? "agrees with the paper in all 9 entries\n" : "DISAGREES with the paper\n")
  return agrees
}

let isQuick = CommandLine.arguments.contains("--quick")
let depth = isQuick ? "2" : "6"
print("Tensor Programs V, table 3, derived; the standard parametrization in parentheses\n")
let programs = [
  try Architecture.mlp.program(["depth": depth, "biases": "true"]), try Architecture.gpt.program(["depth": depth]),
]
let verdicts = try programs.map(deriveTable)
guard verdicts.allSatisfy(\.self) else {
  print("the derivation and the paper differ")
  exit(1)
}

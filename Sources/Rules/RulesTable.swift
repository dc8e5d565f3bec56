import Exact
import TensorPrograms

/// How a table is written.
struct RulesTable: Sendable {
  let name: @Sendable (String) -> String
  /// A number times a power of the width multiplier.
  let power: @Sendable (_ symbol: String, Rational) -> String
  let head: @Sendable ([String]) -> String
  let row: @Sendable ([String]) -> String
  let foot: String

  /// `h.*.up` of `h.0.up`.
  static func starred(_ name: String) -> String {
    name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
  }

  static let markdown = RulesTable(
    name: { "`\($0)`" },
    power: { symbol, exponent in
      exponent.isZero
        ? symbol
        : exponent < 0
          ? "\(symbol) / m_d" + (exponent == -1 ? "" : "^\((-exponent).parenthesized)")
          : "\(symbol) m_d" + (exponent == 1 ? "" : "^\(exponent.parenthesized)")
    },
    head: { "| \($0.joined(separator: " | ")) |\n|\($0.map { _ in "---|" }.joined())" },
    row: { "| \($0.joined(separator: " | ")) |" }, foot: "")

  static let latex = RulesTable(
    name: { "\\texttt{\($0.replacing("_", with: "\\_"))}" },
    power: { symbol, exponent in
      let letter = symbol == "std" ? "\\sigma" : symbol == "lr" ? "\\eta" : symbol == "wd" ? "\\lambda" : "\\alpha"
      return exponent.isZero ? "$\(letter)$" : "$\(letter)\\, m_d^{\(exponent)}$"
    },
    head: {
      "\\begin{tabular}{\($0.map { _ in "l" }.joined())}\n\\toprule\n\($0.joined(separator: " & ")) \\\\\n\\midrule"
    },
    row: { $0.joined(separator: " & ") + " \\\\" }, foot: "\\bottomrule\n\\end{tabular}\n")
}

extension RulesDocument {
  /// The practitioner's table: weights of one rule in a row, in terms of m_d = width / base width.
  func table(_ style: RulesTable) -> String {
    var rows: [(rule: [String], names: [String])] = []
    for weight in weights {
      let start =
        weight.initializer == "zero"
        ? "0"
        : weight.initializer == "constant"
          ? "\(weight.initialAtBase.shortest)" : style.power("std", weight.initial["n", default: 0])
      var rule = [start, weight.trained ? style.power("lr", weight.rate["n", default: 0]) : "frozen"]
      rule.append(weight.trained ? style.power("wd", weight.decayTimesRate["n", default: 0]) : "")
      let name = RulesTable.starred(weight.name)
      if let i = rows.firstIndex(where: { $0.rule == rule }) {
        if !rows[i].names.contains(name) { rows[i].names.append(name) }
      } else {
        rows.append((rule, [name]))
      }
    }
    var lines = [style.head(["weights", "initial std", "learning rate", "weight decay"])]
    for row in rows { lines.append(style.row([row.names.map(style.name).joined(separator: ", ")] + row.rule)) }
    var done: Set<[String]> = []
    for multiplier in multipliers {
      let name = style.name(RulesTable.starred(multiplier.name))
      let row = [name, style.power("multiplier", multiplier.power["n", default: 0]), "", ""]
      if done.insert(row).inserted { lines.append(style.row(row)) }
    }
    return lines.joined(separator: "\n") + "\n" + style.foot
  }
}

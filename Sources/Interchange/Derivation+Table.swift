import Foundation
public import Scaling
import TensorPrograms

extension Derivation {
  /// The derivation as tables for a terminal: powers of width and, beside them, the factor from the base width.
  ///
  /// Throws ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at a width.
  public func table(base: Int, width: Int) throws -> String {
    let growing = program.dimensions.filter { !$0.size.isFixed }
    var text = "\(program.name), \(optimizer), maximal update, \(gauge) gauge; base width \(base)\n"
    text +=
      growing.isEmpty
      ? "no dimension grows with the width n, so nothing scales with it; give one a size such as n\n\n"
      : growing.map { "\($0.name) = \($0.size)" }.joined(separator: ", ") + "\n\n"
    var table = Table([
      ("weight", .left), ("", .left), ("shape", .left), ("init std", .left), ("rate", .left),
      ("std at \(width)", .left), ("rate at \(width)", .left),
    ])
    let weights = parametrization.weights.map { rule in
      let zero = rule.initializer == .zero
      return (
        rule.name,
        [
          rule.axes.bracketed, zero ? "0" : rule.initialSize.asPowerOfWidth, rule.rate.asPowerOfWidth,
          zero ? "" : factorText(rule.initialSize.double, base, width), factorText(rule.rate.double, base, width),
        ]
      )
    }
    for row in grouped(weights) { table.append(row) }
    text += table.text
    if !parametrization.multipliers.isEmpty {
      var multipliers = Table([("multiplier", .left), ("", .left), ("", .left), ("at \(width)", .left), ("", .left)])
      let rules = parametrization.multipliers.map { rule in
        let growth = rule.standard.powers.map(\.dimension).first
        let why = growth.map { $0.size.isFixed ? "(\($0.name) is fixed)" : "(\($0.name) grows)" } ?? ""
        return (rule.name, [rule.exponent.asPowerOfWidth, factorText(rule.exponent.double, base, width), why])
      }
      for row in grouped(rules) { multipliers.append(row) }
      text += "\n\n" + multipliers.text
    }
    return text
  }
}

/// Rows of name, count and cells; repeated blocks share one: `blocks.*.mlp.up`, or `layers.1-2` if there are others.
private func grouped(_ rows: [(name: String, cells: [String])]) -> [[String]] {
  var groups: [(key: String, cells: [String], names: [String])] = []
  for (name, cells) in rows {
    let key = parts(name).map { $0.allSatisfy(\.isNumber) ? "*" : $0 }.joined(separator: ".")
    if let i = groups.firstIndex(where: { $0.key == key && $0.cells == cells }) {
      groups[i].names.append(name)
    } else {
      groups.append((key, cells, [name]))
    }
  }
  return groups.flatMap { group in
    if group.names.count == 1 { return [[group.names[0], ""] + group.cells] }
    let isAlone = groups.count { $0.key == group.key } == 1
    guard let label = isAlone ? group.key : range(group.names) else {
      return group.names.map { [$0, ""] + group.cells }
    }
    return [[label, "(x \(group.names.count))"] + group.cells]
  }
}

/// `layers.1-2` for names that differ in one number only, which counts up.
private func range(_ names: [String]) -> String? {
  let all = names.map(parts)
  guard let first = all.first, let last = all.last, all.allSatisfy({ $0.count == first.count }) else { return nil }
  let varying = first.indices.filter { i in all.contains { $0[i] != first[i] } }
  guard varying.count == 1, let start = Int(first[varying[0]]) else { return nil }
  for (k, name) in all.enumerated() where Int(name[varying[0]]) != start + k { return nil }
  var label = first
  label[varying[0]] += "-" + last[varying[0]]
  return label.joined(separator: ".")
}

private func parts(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }

private func factorText(_ exponent: Double, _ base: Int, _ width: Int) -> String {
  "x " + String(format: "%.4g", pow(Double(width) / Double(base), exponent))
}

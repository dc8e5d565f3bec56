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
    text += growing.map { "\($0.name) = \($0.size)" }.joined(separator: ", ") + "\n\n"
    var table = Table([
      ("weight", .left), ("", .left), ("shape", .left), ("init std", .left), ("", .left), ("rate", .left), ("", .left),
    ])
    table.append(["", "", "", "", "x at n = \(width)", "", "x at n = \(width)"])
    var groups: [(key: String, rows: [String], count: Int)] = []
    for rule in parametrization.weights {
      let zero: Bool
      if case .zero = rule.initializer { zero = true } else { zero = false }
      let initial = zero ? "0" : rule.initialSize.asPowerOfWidth
      let factor = zero ? "" : factorText(rule.initialSize.double, base, width)
      let cells = [
        rule.axes.bracketed, initial, factor, rule.rate.asPowerOfWidth, factorText(rule.rate.double, base, width),
      ]
      merge(&groups, rule.name, cells)
    }
    for group in groups {
      table.append([group.key, group.count > 1 ? "(x \(group.count))" : ""] + group.rows)
    }
    text += table.text
    if !parametrization.multipliers.isEmpty {
      var multipliers = Table([("multiplier", .left), ("", .left), ("", .left), ("", .left), ("", .left)])
      var groups: [(key: String, rows: [String], count: Int)] = []
      for rule in parametrization.multipliers {
        let growth = rule.standard.powers.map(\.dimension).first
        let why = growth.map { $0.size.isFixed ? "(\($0.name) is fixed)" : "(\($0.name) grows)" } ?? ""
        merge(
          &groups, rule.name,
          [rule.exponent.asPowerOfWidth, factorText(rule.exponent.double, base, width), why])
      }
      for group in groups {
        multipliers.append([group.key, group.count > 1 ? "(x \(group.count))" : ""] + group.rows)
      }
      text += "\n\n" + multipliers.text
    }
    return text
  }
}

/// Repeated blocks share a row: `blocks.*.mlp.up`.
private func merge(_ groups: inout [(key: String, rows: [String], count: Int)], _ name: String, _ cells: [String]) {
  let key = name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
  if let i = groups.firstIndex(where: { $0.key == key && $0.rows == cells }) {
    groups[i].count += 1
  } else if let i = groups.firstIndex(where: { $0.key == key }), key != name {
    _ = i
    groups.append((name, cells, 1))
  } else {
    groups.append((key, cells, 1))
  }
}

private func factorText(_ exponent: Double, _ base: Int, _ width: Int) -> String {
  "x " + String(format: "%.4g", pow(Double(width) / Double(base), exponent))
}

import Exact
import Foundation
public import Scaling
import TensorPrograms

extension Derivation {
  /// The derivation as tables for a terminal: powers of width and, beside them, the factor from the base width. In
  /// another gauge than the multiplier-free one also what epsilon must become, and what all gauges share.
  ///
  /// Throws ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at a width.
  public func table(base: Int, width: Int) throws -> String {
    let isMoved = parametrization.weights.contains { !$0.multiplier.isZero }
    var text = "\(program.name), \(optimizer), \(parametrization.name), \(gauge) gauge; base width \(base)\n"
    text += growingDimensions + "\n\n"
    let epsilons = isMoved ? try epsilons() : []
    let hasEpsilon = epsilons.contains { !$0.isEmpty }
    var columns = ["weight", "", "shape"]
    columns += (isMoved ? ["multiplier"] : []) + ["init std", "rate"] + (hasEpsilon ? ["epsilon"] : [])
    columns += (isMoved ? ["multiplier at \(width)"] : []) + ["std at \(width)", "rate at \(width)"]
    var table = TextTable(columns.map { ($0, .left) })
    let weights = parametrization.weights.enumerated().map { k, rule in
      let (zero, frozen) = (rule.initializer == .zero, program.isFrozen(rule.name))
      var cells = [rule.axes.bracketed]
      if isMoved { cells.append(rule.multiplier.asPowerOfWidth) }
      let isDead = remarks.contains { if case .neverLearns(rule.name, _) = $0 { true } else { false } }
      cells += [
        zero ? "0" : rule.initialSize.asPowerOfWidth,
        frozen ? "frozen" : isDead ? "never learns" : rule.rate.asPowerOfWidth,
      ]
      if hasEpsilon { cells.append(epsilons[k].map(\.asPowerOfWidth).joined(separator: ", ")) }
      if isMoved { cells.append(factorText(rule.multiplier.double, base, width)) }
      cells.append(zero ? "" : factorText(rule.initialSize.double, base, width))
      return (rule.name, cells + [frozen || isDead ? "" : factorText(rule.rate.double, base, width)])
    }
    for row in grouped(weights) { table.append(row) }
    text += table.text
    if !parametrization.multipliers.isEmpty {
      var multipliers = TextTable([
        ("multiplier", .left), ("", .left), ("", .left), ("at \(width)", .left), ("", .left),
      ])
      let rules = parametrization.multipliers.map { rule in
        let growth = rule.standard.powers.map(\.dimension).first
        let why = growth.map { $0.size.isFixed ? "(\($0.name) is fixed)" : "(\($0.name) grows)" } ?? ""
        return (rule.name, [rule.exponent.asPowerOfWidth, factorText(rule.exponent.double, base, width), why])
      }
      for row in grouped(rules) { multipliers.append(row) }
      text += "\n\n" + multipliers.text
    }
    text += try gaugeNotes(isMoved)
    return text + remarks.map { "\n\n\($0)" }.joined()
  }

  var growingDimensions: String {
    let growing = program.dimensions.filter { !$0.size.isFixed }
    return growing.isEmpty
      ? "no dimension grows with the width n, so nothing scales with it; give one a size such as n"
      : growing.map { "\($0.name) = \($0.size)" }.joined(separator: ", ")
  }

  /// Notes for the reader of a gauge other than the multiplier-free one.
  private func gaugeNotes(_ isMoved: Bool) throws -> String {
    if gauge == Gauge.multiplierFree.name { return "" }
    // Constraints may have chosen multipliers of no named gauge.
    guard let found = Gauge.all.first(where: { $0.name == gauge }) else { return "" }
    var text = "\n\n\(found.name): \(found.summary)\n"
    if isMoved {
      let degrees = try gaugeLaw().weights.compactMap(\.degree)
      for degree in Set(degrees).sorted() {
        text += "for a step of degree \(degree): (a, b, c) -> (a + t, b - t, \(movedRate(degree))); "
        text += "a + b and \(GaugeInvariants.rateText(degree)) stay\n"
      }
    }
    if gauge == Gauge.spectral.name { text += try spectralTable() }
    return String(text.dropLast())
  }

  private func movedRate(_ degree: Rational) -> String {
    let factor = 1 + degree
    if factor.isZero { return "c" }
    let size = factor.magnitude == 1 ? "t" : factor.isInteger ? "\(factor.magnitude)t" : "(\(factor.magnitude)) t"
    return factor > 0 ? "c - \(size)" : "c + \(size)"
  }

  /// Norms of weights and updates, compared with the spectral condition.
  private func spectralTable() throws -> String {
    var table = TextTable([
      ("spectral norms", .left), ("", .left), ("fan-out", .left), ("fan-in", .left), ("weight", .left),
      ("update", .left), ("(fan-out/fan-in)^(1/2)", .left),
    ])
    let rows = zip(try spectralNorms(), parametrization.weights).map { norms, rule in
      (
        norms.name,
        [
          norms.fan.out.asPowerOfWidth, norms.fan.in.asPowerOfWidth,
          rule.initializer == .zero ? "0" : norms.initial.asPowerOfWidth, norms.update?.asPowerOfWidth ?? "0",
          norms.condition.asPowerOfWidth,
        ]
      )
    }
    for row in grouped(rows) { table.append(row) }
    var text = "\n" + table.text + "\n"
    if let powers = try rateAsPowersOfFans() {
      text += "rate of every weight: \(Derivation.product(("fan-out", powers.out), ("fan-in", powers.in)))\n"
    }
    return text
  }

  /// `fan-out/fan-in`, `(fan-out/fan-in)^(1/2)`, `1/fan-in`, `1`.
  private static func product(_ a: (String, Rational), _ b: (String, Rational)) -> String {
    func power(_ base: String, _ exponent: Rational) -> String {
      exponent == 1 ? base : "\(base)^\(exponent.parenthesized)"
    }
    if a.1.isZero, b.1.isZero { return "1" }
    if a.1 == -b.1 {
      let (over, under, size) = a.1 > 0 ? (a.0, b.0, a.1) : (b.0, a.0, b.1)
      return size == 1 ? "\(over)/\(under)" : power("(\(over)/\(under))", size)
    }
    if a.1.isZero { return b.1 == -1 ? "1/\(b.0)" : power(b.0, b.1) }
    if b.1.isZero { return a.1 == -1 ? "1/\(a.0)" : power(a.0, a.1) }
    return power(a.0, a.1) + " " + power(b.0, b.1)
  }

  /// Every gauge side by side: (a, b, c) of each weight, and what they share. Gauges of equal exponents share a column.
  ///
  /// Throws ``ScalingError/noOtherGauge(weight:optimizer:)``.
  public func gaugeTable() throws -> String {
    let law = try gaugeLaw()
    var columns: [(names: [String], rules: [WeightRule])] = []
    for gauge in Gauge.all {
      let rules = try parametrization.inGauge(gauge, under: law).weights
      if let i = columns.firstIndex(where: { $0.rules.map(\.exponents) == rules.map(\.exponents) }) {
        columns[i].names.append(gauge.name)
      } else {
        columns.append(([gauge.name], rules))
      }
    }
    let texts = Set(law.weights.compactMap(\.degree)).sorted().map(GaugeInvariants.rateText)
    let invariant = texts.count == 1 ? texts[0] : "rate"
    var table = TextTable(
      (["weight", "", "shape"] + columns.map { $0.names.joined(separator: ", ") } + ["a + b", invariant]).map {
        ($0, .left)
      })
    let rows = parametrization.weights.enumerated().map { k, rule in
      let invariants = GaugeInvariants(rule.exponents, degree: law.degree(of: rule.name))
      return (
        rule.name,
        [rule.axes.bracketed] + columns.map { $0.rules[k].exponents.text }
          + [invariants.size.description, invariants.rate?.description ?? ""]
      )
    }
    for row in grouped(rows) { table.append(row) }
    return "\(program.name), \(optimizer), maximal update: (a, b, c) in every gauge\n\(growingDimensions)\n\n"
      + table.text
  }
}

extension Exponents {
  /// `(1/2, 0, 1)`.
  var text: String { "(\(a), \(b), \(c))" }
}

private func factorText(_ exponent: Double, _ base: Int, _ width: Int) -> String {
  "x " + String(format: "%.4g", pow(Double(width) / Double(base), exponent))
}

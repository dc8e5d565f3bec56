public import Exact
import Foundation
public import Scaling
public import TensorPrograms

/// Whether a trainer does what the rules say: for each parameter by what power of the width it is off.
///
/// From dumps at two widths the powers are measured, whatever the constants; from one, rates alone can be compared, with
/// one another.
public struct Lint: Sendable {
  public struct Finding: Sendable, Equatable {
    public enum Quantity: String, Sendable {
      case initial = "init std"
      case rate, decay, shape, name
    }
    public var parameter: String
    public var quantity: Quantity
    /// The exponents of the rules and of the trainer; nil where it is no matter of powers.
    public var expected: Rational?
    public var found: Double?
    public var text: String
  }

  public let findings: [Finding]
  /// What could not be looked at.
  public let notes: [String]
  /// What becomes of the network with the trainer's exponents, where they differ.
  public let consequence: String?
  /// Parameters that agree.
  public let agreeing: Int

  /// Throws ``RulesError`` for dumps that cannot be compared, and as ``Program/classify(_:optimizer:)`` does.
  public init(_ derivation: Derivation, optimizer: Optimizer, dumps: [TrainerDump], base: Int) throws {
    let rules = try RulesDocument(derivation, base: base)
    let widths = dumps.sorted { $0.width < $1.width }
    guard let last = widths.last, widths.count <= 2, let first = widths.first else {
      throw RulesError.unreadable("one dump or two are compared, not \(dumps.count)")
    }
    let isPair = widths.count == 2
    guard !isPair || first.width < last.width else { throw RulesError.unreadable("two dumps of one width") }
    guard isPair || first.width != base else {
      throw RulesError.unreadable("one dump at the base width says nothing of widths; give another, or two")
    }
    var findings: [Finding] = []
    var notes: [String] = []
    var constantEpsilons = 0
    var parametrization = derivation.parametrization
    let span = log(Double(last.width) / Double(isPair ? first.width : base))
    let known = Dictionary(last.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let other = Dictionary(first.parameters.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let reference = isPair ? 1 : Lint.commonRate(rules, known, last.width)
    if !isPair { notes.append("initial sizes, decay and epsilon need a dump at a second width") }
    let names = Set(rules.weights.map(\.parameter))
    for parameter in last.parameters where !names.contains(parameter.name) {
      findings.append(
        Finding(parameter: parameter.name, quantity: .name, text: "the network has no such parameter"))
    }
    for (index, weight) in rules.weights.enumerated() {
      guard let large = known[weight.parameter], let small = other[weight.parameter] else {
        if weight.trained {
          findings.append(
            Finding(parameter: weight.parameter, quantity: .name, text: "the optimizer does not have it"))
        }
        continue
      }
      let axes = derivation.parametrization.weights[index].axes
      if let problem = Lint.shape(weight, axes, large, last.width, rules) {
        findings.append(problem)
        continue
      }
      func compare(
        _ quantity: Finding.Quantity, _ expected: Rational, _ a: Double?, _ b: Double?, tolerance: Double
      ) -> Rational? {
        guard let a, let b, a > 0, b > 0 else { return nil }
        let found = log(b / a) / span
        guard abs(found - expected.double) > tolerance else { return nil }
        let near = Rational(Int((found * 4).rounded()), 4)
        findings.append(
          Finding(
            parameter: weight.parameter, quantity: quantity, expected: expected, found: found,
            text: "\(quantity.rawValue) goes as n^\(String(format: "%.2f", found)), the rules say "
              + "\(expected.asPowerOfWidth): off by n^\(String(format: "%.2f", found - expected.double))"))
        return near
      }
      if isPair, weight.initializer == "gaussian" {
        // The standard deviation of few entries is itself uncertain.
        func noise(_ p: TrainerDump.Parameter) -> Double { 4 / (2 * Double(max(1, p.shape.reduce(1, *)))).squareRoot() }
        let tolerance = max(0.05, (noise(small) + noise(large)) / span)
        if let found = compare(.initial, weight.initial["n", default: 0], small.std, large.std, tolerance: tolerance) {
          parametrization.weights[index].exponents.b = -found
        }
      }
      guard weight.trained else { continue }
      let rate = weight.rate["n", default: 0]
      let before = isPair ? small.lr : reference
      if let found = compare(.rate, rate, before, large.lr, tolerance: 0.02) {
        parametrization.weights[index].exponents.c = -found
      }
      if isPair {
        _ = compare(
          .decay, weight.decayTimesRate["n", default: 0], small.weightDecay, large.weightDecay, tolerance: 0.02)
        // A constant epsilon does no harm below some width, which exponents do not tell.
        if let epsilon = weight.epsilon.first?["n"], let a = small.eps, let b = large.eps, a > 0, b > 0,
          abs(log(b / a) / span - epsilon.double) > 0.02
        {
          constantEpsilons += 1
        }
      }
    }
    if constantEpsilons > 0 {
      notes.append(
        "epsilon does not follow the gradients (\(constantEpsilons) of the weights): from some width on it takes over (see: derive --epsilon)"
      )
    }
    self.notes = notes
    self.findings = findings
    let bad = Set(findings.map(\.parameter))
    agreeing = names.count { !bad.contains($0) && known[$0] != nil }
    let moved = findings.contains { $0.quantity == .initial || $0.quantity == .rate }
    guard moved else {
      consequence = nil
      return
    }
    let found = try derivation.program.classify(parametrization, optimizer: optimizer)
    consequence =
      found.failure.map { "unstable: \(Lint.text($0))" }
      ?? (found.regime == .kernel ? "in the kernel regime" : found.regime.rawValue)
  }

  /// Of one dump, the rate at the base width that most parameters have if the rules hold.
  private static func commonRate(
    _ rules: RulesDocument, _ known: [String: TrainerDump.Parameter], _ width: Int
  ) -> Double? {
    let rates = rules.weights.filter(\.trained).compactMap { weight in
      known[weight.parameter]?.lr.map { (base: $0 / rules.factor(weight.rate, at: width), exponent: weight.rate["n"]) }
    }.filter { $0.base > 0 }
    // Of equally many those whose rate the rules leave alone.
    func support(_ x: Double) -> (Int, Int) {
      let like = rates.filter { abs(log($0.base / x)) < 0.01 }
      return (like.count, like.count { $0.exponent == 0 })
    }
    return rates.max { support($0.base) < support($1.base) }?.base
  }

  private static func shape(
    _ weight: RulesDocument.Weight, _ axes: [Axis], _ given: TrainerDump.Parameter, _ width: Int,
    _ rules: RulesDocument
  ) -> Finding? {
    // Of a part the parameter has more.
    guard weight.parameter == weight.name else { return nil }
    let own = try? axes.reduce(1) { try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name) }
    let entries = given.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
    guard let own, own != entries else { return nil }
    return Finding(
      parameter: weight.parameter, quantity: .shape,
      text: "\(given.shape) has \(entries) entries at width \(width), the network's \(axes.bracketed) has \(own)")
  }

  private static func text(_ failure: Classification.Failure) -> String {
    func shown(_ value: String, _ line: String) -> String { value.hasPrefix("%") ? "\"\(line)\"" : value }
    switch failure {
    case .blowsUp(let value, let line, let step, let exponent):
      return "\(shown(value, line)) grows as \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")")
    case .vanishes(let value, let line, let exponent):
      return "\(shown(value, line)) vanishes as \(exponent.asPowerOfWidth) at initialization"
    }
  }

  public var isClean: Bool { findings.isEmpty }

  /// A line a finding, then what follows from them.
  public var text: String {
    // Repeated blocks share a line.
    var groups: [(name: String, text: String, count: Int)] = []
    for finding in findings {
      let name = RulesTable.starred(finding.parameter)
      if let i = groups.firstIndex(where: { $0.name == name && $0.text == finding.text }) {
        groups[i].count += 1
      } else {
        groups.append((name, finding.text, 1))
      }
    }
    var lines = groups.map { "\($0.name)\($0.count > 1 ? " (x \($0.count))" : ""): \($0.text)" }
    lines += notes.map { "note: \($0)" }
    lines.append(
      "\(agreeing) parameter\(agreeing == 1 ? " agrees" : "s agree"), \(findings.count) finding\(findings.count == 1 ? "" : "s")"
    )
    if let consequence { lines.append("with the trainer's exponents the network is \(consequence)") }
    return lines.joined(separator: "\n")
  }
}

import Exact
public import TensorPrograms

extension Derivation {
  /// Why a weight or a multiplier scales as it does: for each exponent the event of the run that fixed it, down to
  /// the instruction. Line numbers are those of ``program``'s text.
  ///
  /// Throws ``ProgramError/unknownWeight(_:known:)``.
  public func explain(_ name: String) throws -> String { try explain([name]).joined() }

  /// An explanation of each, in less time than one by one.
  ///
  /// Throws ``ProgramError/unknownWeight(_:known:)``.
  public func explain(_ names: [String]) throws -> [String] {
    var found: [InitialRange]?
    return try names.map { name in
      if found == nil, self[name] != nil { found = try initialRanges() }
      return try explain(name, found ?? [])
    }
  }

  private func explain(_ name: String, _ initialRanges: [InitialRange]) throws -> String {
    if let other = standsFor[name] {
      return "\(name): as \(other), since the blocks repeat; lines are those of the program with a few of them\n"
        + (try explain(other, initialRanges))
    }
    if let rule = self[name], let facts = weights.first(where: { $0.name == name }) {
      return try explain(rule, facts, initialRanges).joined(separator: "\n")
    }
    if let rule = parametrization.multipliers.first(where: { $0.name == name }),
      let facts = multipliers.first(where: { $0.name == name })
    {
      return explain(rule, facts).joined(separator: "\n")
    }
    throw ProgramError.unknownWeight(
      name, known: parametrization.weights.map(\.name) + parametrization.multipliers.map(\.name))
  }

  private func explain(_ moved: WeightRule, _ facts: WeightFacts, _ initialRanges: [InitialRange]) throws -> [String] {
    // Reasons are those of the weight as the network uses it, multiplier included; the gauge comes after them.
    let gaugeLines = try explainGauge(moved)
    var rule = moved
    if !moved.multiplier.isZero { rule = try unmoved(moved) }
    var lines = ["\(rule.name) \(rule.axes.bracketed)", ""]
    let initial = rule.initialSize
    switch rule.initializer {
    case .gaussian: lines.append("initial standard deviation \(initial.asPowerOfWidth)")
    case .constant: lines.append("initial value \(initial.asPowerOfWidth)")
    case .zero: lines.append("initial value 0; any standard deviation up to \(initial.asPowerOfWidth) would do")
    }
    if let reason = facts.initialReason {
      lines += describe(reason, unknown: "an initial size of 1", result: initial)
    } else if facts.updateSize != nil {
      lines.append("  its updates reach entries of \(initial.asPowerOfWidth), so a start of that size changes nothing")
    } else {
      lines.append("  nothing in the network depends on its size")
    }
    switch initialRanges[parametrization.weights.firstIndex { $0.name == rule.name } ?? 0] {
    case .atLeast: lines.append("  a smaller start would do as well, zero too")
    case .between(_, let last):
      lines.append("  a smaller start would do as well, down to \((-last - moved.exponents.a).asPowerOfWidth)")
    case .exactly, .anything: break
    }
    lines += ["", "entries of its update \(facts.updateSize.map(\.asPowerOfWidth) ?? "0")"]
    if let reason = facts.rateReason, let level = facts.updateSize {
      lines += describe(reason, unknown: "updates with entries of size 1", result: level)
    }
    lines += ["", "learning rate \(rule.rate.asPowerOfWidth)"]
    lines += explainRate(rule, facts)
    return lines + gaugeLines
  }

  private func unmoved(_ rule: WeightRule) throws -> WeightRule {
    var alone = Parametrization(name: "", weights: [rule], multipliers: [])
    try alone.move(rule.name, by: -rule.exponents.a, under: gaugeLaw())
    return alone.weights[0]
  }

  private func explainGauge(_ rule: WeightRule) throws -> [String] {
    guard gauge != Gauge.multiplierFree.name else { return [] }
    let (a, b, c) = (rule.exponents.a, rule.exponents.b, rule.exponents.c)
    var lines = ["", "in the \(gauge) gauge"]
    lines.append(
      "  multiplier \((-a).asPowerOfWidth), initial size \((-b).asPowerOfWidth), learning rate \((-c).asPowerOfWidth)")
    let degree = try gaugeLaw().degree(of: rule.name)
    let invariants = GaugeInvariants(rule.exponents, degree: degree)
    lines.append(
      "  the same in every gauge: a + b = \(invariants.size)"
        + (degree.map { degree in
          invariants.rate.map { ", \(GaugeInvariants.rateText(degree)) = \($0)" } ?? ""
        } ?? ""))
    if let gradient = gradient(of: rule.name), !a.isZero {
      lines.append("  the gradient in what is trained has entries of \(gradient.asPowerOfWidth)")
    }
    return lines
  }

  private func explainRate(_ rule: WeightRule, _ facts: WeightFacts) -> [String] {
    guard let level = facts.updateSize, let gradient = facts.gradients.last ?? nil else {
      let isFrozen = program.isFrozen(rule.name)
      return ["  " + (isFrozen ? "it is frozen, and gets no gradient" : "no gradient reaches it, so any rate will do")]
    }
    let direction = level + rule.exponents.c
    var lines = ["  its gradient has entries of \(gradient.asPowerOfWidth)"]
    if let end = facts.transientEnds {
      let early = facts.gradients[..<end].map { $0?.asPowerOfWidth ?? "0" }
      lines[0] += " from step \(end) on (before that \(early.joined(separator: ", ")))"
    }
    let homogeneity =
      degree.map { p in
        p.isZero ? ", whatever the gradient's size" : p == 1 ? ", in proportion to it" : ", of degree \(p) in it"
      } ?? ""
    lines.append("  \(optimizer) makes of it a step with entries of \(direction.asPowerOfWidth)\(homogeneity)")
    lines.append("  \(rule.rate.asPowerOfWidth) brings that to \(level.asPowerOfWidth)")
    return lines
  }

  private func explain(_ rule: MultiplierRule, _ facts: MultiplierFacts) -> [String] {
    var lines = ["\(rule.name), multiplier \(rule.exponent.asPowerOfWidth)"]
    if let reason = facts.reason {
      lines += describe(reason, unknown: "a multiplier of 1", result: rule.exponent)
    } else {
      lines.append("  nothing in the network depends on it")
    }
    return lines
  }

  /// The binding contribution: where, when, why it has its size, and what follows.
  private func describe(_ reason: Reason, unknown: String, result: Rational) -> [String] {
    let isMultiplier = program[reason.site].role.factor != nil
    let when = reason.step == 0 ? "at initialization" : "after \(reason.step) update\(reason.step == 1 ? "" : "s")"
    var lines = ["  \(when), \(place(reason.site.index))"]
    // What a multiplier follows was summed at the line before it.
    let sites = [reason.site.index] + (isMultiplier ? program[reason.site].operands.map(\.index) : [])
    for event in chain(reason.event).prefix(8) where sites.contains(Int(event.site)) && Int(event.step) == reason.step {
      if event.rule != .entry { lines.append("    " + sentence(event)) }
    }
    let before = origins(reason)
    if let first = before.first {
      lines.append(
        "    " + (first.isUpdate ? "what is summed there was changed by" : "the weight's own update is made of"))
      lines += before.map { "      " + $0.text }
    }
    lines.append(
      reason.contribution.isZero
        ? "    with \(unknown) that is of size 1, as it shall be"
        : "    with \(unknown) that would be of size \(reason.contribution.asPowerOfWidth); \(result.asPowerOfWidth) keeps it at 1"
    )
    return lines
  }

  /// The events that led to one, latest first.
  func chain(_ start: Int) -> [Event] {
    var result: [Event] = []
    var next = start
    while next >= 0, result.count < 400 {
      result.append(events[next])
      next = Int(events[next].cause)
    }
    return result
  }

  /// Where training came in: the updates on the way to a contribution, and the weights that their gradients passed.
  private func origins(_ reason: Reason) -> [(isUpdate: Bool, text: String)] {
    guard reason.step > 0 else { return [] }
    var seen: Set<Int> = [reason.site.index]
    var lines: [(isUpdate: Bool, text: String)] = []
    for event in chain(reason.event) where event.rule == .entry && seen.insert(Int(event.site)).inserted {
      let site = Int(event.site)
      let used = program.instructions[site].operands.filter { program[$0].role.isWeight }
      guard let weight = used.first else { continue }
      let name = program[weight].name
      let isUpdate = program.forward.contains(site)
      let passed = lines.isEmpty ? "a gradient that came back" : "whose gradient came back"
      lines.append(
        (
          isUpdate,
          isUpdate
            ? "the update of \(name) (\(place(site)))"
            : "\(passed) through \(name) at step \(event.step) (\(place(site)))"
        ))
      if lines.count == 3 { break }
    }
    return lines
  }

  private func sentence(_ event: Event) -> String {
    let axis = event.axis >= 0 ? axisNames[Int(event.axis)] : ""
    let growth = event.axis >= 0 ? axisGrowth[Int(event.axis)] : .zero
    switch event.rule {
    case .gaussianMatrix:
      return "an initial Gaussian matrix summed over \(axis): central limit, \((growth * .half).asPowerOfWidth)"
    case .transposedReturn:
      return "the matrix meets what its transpose made, over \(axis): a correction that is not random"
    case .centralLimit:
      return "the sum over \(axis) has no mean: central limit, \((growth * .half).asPowerOfWidth)"
    case .largeNumbers:
      return "the sum over \(axis) has a mean: law of large numbers, \(growth.asPowerOfWidth)"
    case .entry:
      return "it enters entry by entry; nothing is summed over a growing axis"
    }
  }

  private func place(_ site: Int) -> String { "line \(program.lineNumber(site)): \(program.line(site))" }
}

extension Program {
  /// The line of an instruction in ``text``, counted from 1.
  public func lineNumber(_ i: Int) -> Int {
    var line = dimensions.count + 3 + i
    if i >= forward.upperBound, loss != nil { line += 1 }
    if i >= forward.upperBound, !backward.isEmpty { line += 2 }
    if step.contains(i), !backward.isEmpty { line += 2 }
    return line
  }
}

public import TensorPrograms

/// A published work, and what of an answer rests on it.
public struct Reference: Sendable {
  public var work: Citation
  /// `the optimizer Adam`, `a sum over the width has a mean (readout, ...)`.
  public var uses: [String]
}

extension Event.Rule {
  /// The works in which the rule is proved or explained.
  public var sources: [Citation] {
    switch self {
    case .gaussianMatrix: [.tensorProgramsI]
    case .transposedReturn: [.tensorProgramsIII]
    case .centralLimit, .largeNumbers: [.tensorProgramsV]
    case .entry: []
    }
  }

  fileprivate var use: String {
    switch self {
    case .gaussianMatrix: "an initial Gaussian matrix met a vector"
    case .transposedReturn: "a Gaussian matrix met what its transpose had made"
    case .centralLimit: "sums over the width without a mean (central limit)"
    case .largeNumbers: "sums over the width with a mean (law of large numbers)"
    case .entry: ""
    }
  }
}

extension Derivation {
  /// The works that the answer rests on: those of the network and of the optimizer, those of each rule of the calculus
  /// that fixed an exponent of a weight or multiplier, and those of the optimizer's kind of step and of the gauge.
  ///
  /// - Parameters:
  ///   - optimizers: Those that were derived for.
  ///   - names: Weights and multipliers; all if empty.
  /// - Throws: ``ProgramError/unknownWeight(_:known:)``; ``ScalingError/unknownGauge(_:known:)``.
  public func references(_ optimizers: [Optimizer], for names: [String] = []) throws -> [Reference] {
    let known = parametrization.weights.map(\.name) + parametrization.multipliers.map(\.name)
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw ProgramError.unknownWeight(unknown, known: known)
    }
    let asked = Set(names.map { standsFor[$0] ?? $0 })
    let isAsked = { asked.isEmpty || asked.contains($0) }
    var list = ReferenceList()
    for work in program.sources { list.add(work, "the network \(program.name)") }
    for optimizer in optimizers { for work in optimizer.sources { list.add(work, "the optimizer \(optimizer.name)") } }

    if program.dimensions.allSatisfy({ $0.growth.isZero }) { return list.references }
    var rules: [Event.Rule] = []
    for reason in reasons(isAsked) {
      for event in chain(reason.event) where !rules.contains(event.rule) { rules.append(event.rule) }
    }
    for rule in [Event.Rule.gaussianMatrix, .transposedReturn, .centralLimit, .largeNumbers] where rules.contains(rule)
    {
      for work in rule.sources { list.add(work, rule.use) }
    }
    if changesFeatures(isAsked) {
      list.add(.tensorProgramsIV, "features that move: a training run as a program, and what may not grow")
    }
    let step = StepProbe(program)
    let moving = Set(weights.filter { $0.updateSize != nil }.map(\.name))
    let kinds = step.weights.indices.filter {
      let name = program[step.weights[$0]].name
      return isAsked(name) && moving.contains(name)
    }.reduce(into: Set<StepProbe.Kind>()) { $0.formUnion(step.kinds[$1]) }
    if kinds.contains(.nonlinear) {
      list.add(.tensorProgramsIVb, "a step that is not linear in the gradient")
    }
    if kinds.contains(.matrix) {
      list.add(.spectralCondition, "a step made of the gradient as a matrix")
    }
    if gauge != Gauge.multiplierFree.name {
      for work in try Gauge(named: gauge).sources { list.add(work, "the gauge \(gauge)") }
    }
    return list.references
  }

  private func reasons(_ isAsked: (String) -> Bool) -> [Reason] {
    weights.filter { isAsked($0.name) }.flatMap { [$0.initialReason, $0.rateReason].compactMap { $0 } }
      + multipliers.filter { isAsked($0.name) }.compactMap(\.reason)
  }

  /// Whether a judged contribution came after an update.
  private func changesFeatures(_ isAsked: (String) -> Bool) -> Bool { reasons(isAsked).contains { $0.step > 0 } }
}

/// Works in the order of first use, each once.
private struct ReferenceList {
  var references: [Reference] = []

  mutating func add(_ work: Citation, _ use: String) {
    guard let i = references.firstIndex(where: { $0.work == work || $0.work.isSame(as: work) }) else {
      references.append(Reference(work: work, uses: [use]))
      return
    }
    if !references[i].uses.contains(use) { references[i].uses.append(use) }
  }
}

extension Citation {
  /// Whether two entries are of one work, however its title was written.
  func isSame(as other: Citation) -> Bool { !identifier.isEmpty && identifier == other.identifier }
}

import Exact
public import TensorPrograms

/// From where initial sizes and multipliers are taken, when only the rates are asked for.
public enum InitialSizes: String, Sendable, Hashable, Codable, CaseIterable {
  /// The program's own: the standard parametrization.
  case standard
  /// The maximal update parametrization's.
  case derived
}

extension Program {
  /// The largest stable rates for given initial sizes, where weights and what they meet are *assumed* to align
  /// (Everett et al., 2407.05872, section 3) instead of as the calculus has it.
  ///
  /// As there, gradients and weights are those of the first step. The assumption may be one for all weights, or differ by name.
  ///
  /// Throws ``ScalingError/tooLarge(unknown:value:exponent:step:)`` if something grows at any rate;
  /// ``ProgramError/unknownWeight(_:known:)``; and as ``maximalUpdate(optimizer:folding:)``.
  public func largestRates(
    optimizer: Optimizer, from start: InitialSizes, alignment: Alignment, exceptions: [String: Alignment] = [:]
  ) throws -> Derivation {
    let free = try maximalUpdate(optimizer: optimizer, folding: false)
    let step = free.program
    let given = start == .derived ? free.parametrization : .standard(step)
    let unknowns = Unknowns(step)
    let names = unknowns.weights.map { step[$0.id].name }
    for name in exceptions.keys.sorted() where !names.contains(name) {
      throw ProgramError.unknownWeight(name, known: names)
    }
    var values: [Int: Exponent] = [:]
    for (k, rule) in given.weights.enumerated() where rule.initializer != .zero {
      values[unknowns.initial(k)] = -Exponent(rule.exponents.a + rule.exponents.b)
    }
    for rule in given.multipliers {
      if let unknown = unknowns.multiplier(rule.name) { values[unknown] = Exponent(rule.exponent) }
    }
    let sites = step.weightSites().mapValues { exceptions[$0] ?? alignment }
    let levels = try Levels(step, given: values, alignments: sites)
    let first = try SteadyRun(
      step, unknowns, characters: levels.walker, alignments: sites, tracksForms: false, values: { levels.values[$0] },
      judge: { _, _, _, _ in false })
    _ = try first.walk(steps: 1)
    // What gets no gradient at first is taken from the steady state.
    let directions = zip(
      Rates(step, settled: first.walker).directions, Rates(step, settled: levels.walker).directions
    ).map { $0 ?? $1 }
    var result = free
    for k in unknowns.weights.indices {
      let level = levels.level(k)?.rational
      result.weights[k].updateSize = level
      result.weights[k].gradients = levels.gradients.map { $0[k]?.rational }
      result.weights[k].initialReason = nil
      result.weights[k].rateReason = levels.reason(unknowns.level(k))
      result.parametrization.weights[k].exponents = Exponents(
        b: given.weights[k].exponents.a + given.weights[k].exponents.b,
        c: directions[k].map { $0.exponent.rational - (level ?? 0) } ?? 0)
    }
    result.parametrization.multipliers = given.multipliers
    result.parametrization.name = "largest rates from \(start.rawValue) initial sizes"
    result.events = levels.walker.context.events
    return result
  }

  /// The instructions of the forward pass at which a weight is contracted with something, and which weight.
  func weightSites() -> [Int: String] {
    Dictionary(
      weightWays.contractions.map { ($0.value.index, self[$0.weight].name) }, uniquingKeysWith: { first, _ in first })
  }
}

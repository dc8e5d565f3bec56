import Exact
import TensorPrograms

extension Program {
  /// A derivation that analyzes repeated blocks once; nil if there are none to speak of, or if they do not settle.
  ///
  /// The program is derived with four periods of each repeated stretch, and again with five. If every weight of the
  /// whole program is answered alike by both, blocks further apart would add nothing, and the answers stand for all.
  func derivedFolded(_ optimizer: Optimizer) throws -> Derivation? {
    // A block may have an optimizer of its own.
    if optimizer.tellsWeightsApart { return nil }
    guard let few = folded(keeping: Program.keptPeriods), let more = folded(keeping: Program.keptPeriods + 1) else {
      return nil
    }
    let short = try few.program.derivedWhole(optimizer)
    let long = try more.program.derivedWhole(optimizer)
    let (shortWeights, longWeights) = (
      positions(few.program.weights.map(\.id)), positions(more.program.weights.map(\.id))
    )
    let (shortScales, longScales) = (
      positions(few.program.multipliers.map(\.site)), positions(more.program.multipliers.map(\.site))
    )
    var rules: [WeightRule] = []
    var facts: [Derivation.WeightFacts] = []
    var standsFor: [String: String] = [:]
    for (id, _, _) in weights {
      guard let k = shortWeights[few.representative(of: id)], let j = longWeights[more.representative(of: id)],
        short.isSame(k, as: long, j)
      else { return nil }
      var (rule, fact) = (short.parametrization.weights[k], short.weights[k])
      if rule.name != self[id].name { standsFor[self[id].name] = rule.name }
      (rule.name, fact.name) = (self[id].name, self[id].name)
      rules.append(rule)
      facts.append(fact)
    }
    var multiplierRules: [MultiplierRule] = []
    var multiplierFacts: [Derivation.MultiplierFacts] = []
    for (name, standard, site) in multipliers {
      guard let k = shortScales[few.representative(of: site)], let j = longScales[more.representative(of: site)],
        short.parametrization.multipliers[k].exponent == long.parametrization.multipliers[j].exponent
      else { return nil }
      var fact = short.multipliers[k]
      if fact.name != name { standsFor[name] = fact.name }
      fact.name = name
      multiplierRules.append(
        MultiplierRule(name: name, standard: standard, exponent: short.parametrization.multipliers[k].exponent))
      multiplierFacts.append(fact)
    }
    return Derivation(
      program: short.program, optimizer: short.optimizer, gauge: short.gauge,
      parametrization: Parametrization(
        name: short.parametrization.name, weights: rules, multipliers: multiplierRules),
      weights: facts, multipliers: multiplierFacts, degree: short.degree, events: short.events,
      axisNames: short.axisNames, axisGrowth: short.axisGrowth, remarks: short.remarks,
      standsFor: standsFor)
  }

  private static var keptPeriods: Int { 4 }

  private func positions(_ ids: [ValueID]) -> [ValueID: Int] {
    Dictionary(ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
  }
}

extension Derivation {
  /// Whether two weights of two programs were answered alike.
  fileprivate func isSame(_ k: Int, as other: Derivation, _ j: Int) -> Bool {
    let (a, b) = (weights[k], other.weights[j])
    return parametrization.weights[k].exponents == other.parametrization.weights[j].exponents
      && a.updateSize == b.updateSize && a.gradients.last == b.gradients.last && a.initialIsFree == b.initialIsFree
  }
}

public import Exact
public import TensorPrograms

/// The maximal update parametrization of a program for an optimizer, derived from the program alone, with what
/// fixed each exponent.
///
///     let rules = try program.maximalUpdate(optimizer: .adam())
///     rules["readout"]?.rate      // -1: n^(-1)
public struct Derivation: Sendable {
  /// The program with gradient and step; of repeated blocks that were analyzed once, only a few.
  public let program: Program
  public let optimizer: String
  /// How the freedom of moving powers of width between multiplier, initialization and rate was used.
  public internal(set) var gauge: String
  public internal(set) var parametrization: Parametrization
  public internal(set) var weights: [WeightFacts]
  public let multipliers: [MultiplierFacts]
  /// The degree of homogeneity of the optimizer's step in the gradient: 1 for SGD, 0 for Adam; nil if weights differ.
  public let degree: Rational?
  public internal(set) var events: [Event]
  let axisNames: [String]
  let axisGrowth: [Rational]
  /// What must be known beside the exponents; empty for most.
  public var remarks: [Remark] = []
  /// For a weight or multiplier of a repeated block that was not analyzed anew, the one that stands for it.
  var standsFor: [String: String] = [:]

  public subscript(weight: String) -> WeightRule? { parametrization[weight] }

  /// The rule of a weight, or an error that lists the known names.
  public func rule(_ weight: String) throws -> WeightRule { try parametrization.rule(weight) }

  /// What was found of a weight beside its exponents.
  public struct WeightFacts: Sendable {
    public var name: String
    /// The update size: the exponent of the entries of the weight's accumulated update; nil if it gets none.
    public var updateSize: Rational?
    /// The exponent of its gradient, by step of the run; the last is the steady state. Nil where it is zero.
    public var gradients: [Rational?]
    /// Whether its initial size is only bounded: it starts at zero, or nothing depends on its size.
    public var initialIsFree: Bool
    public var initialReason: Reason?
    public var rateReason: Reason?

    /// The first step from which the gradient has its steady exponent; nil if that is the first of all.
    public var transientEnds: Int? {
      let steady = gradients.last ?? nil
      guard let last = gradients.lastIndex(where: { $0 != steady }) else { return nil }
      return last + 1
    }

    /// Whether its gradient is smaller at first than in the steady state: a saddle for steps in proportion to it.
    public var beginsSmaller: Bool {
      guard let first = gradients.first, let steady = gradients.last ?? nil else { return false }
      return first.map { $0 < steady } ?? true
    }
  }

  public struct MultiplierFacts: Sendable {
    public var name: String
    public var site: ValueID
    public var reason: Reason?
  }

  /// The event of the run that fixed an exponent.
  public struct Reason: Sendable {
    /// An index into ``Derivation/events``, -1 if the run had none.
    public var event: Int
    /// Updates made before it happened.
    public var step: Int
    public var site: ValueID
    /// The exponent of the contribution without the unknown's own.
    public var contribution: Rational
  }
}

extension Program {
  /// Derives the maximal update parametrization: the largest initial sizes, updates and multipliers with which no
  /// feature grows with the width (Tensor Programs IV and V; stages as in the note on parametrization).
  ///
  /// Repeated blocks are analyzed once, unless `folding` is false: the derivation's ``Derivation/program`` then has a
  /// few of them, and an explanation's lines are those of that program.
  ///
  /// Exponents are exact. Throws ``ProgramError/noLoss(program:)``, ``ProgramError/notDifferentiable(_:)``,
  /// ``ScalingError/unsettled(program:passes:)``.
  public func maximalUpdate(optimizer: Optimizer, folding: Bool = true) throws -> Derivation {
    if folding, let found = try derivedFolded(optimizer) { return found }
    return try derivedWhole(optimizer)
  }

  /// `isConfirmed`: whether the answer is followed by the second road, too.
  func derivedWhole(_ optimizer: Optimizer, isConfirmed: Bool = true) throws -> Derivation {
    let step = try associated().withStep(optimizer)
    let levels = try Levels(step)
    let rates = Rates(step, settled: levels.walker, transients: levels.transients)
    var rules: [WeightRule] = []
    var facts: [Derivation.WeightFacts] = []
    for (k, weight) in step.weights.enumerated() {
      let name = step[weight.id].name
      // What no value whose scale matters has judged is of size 1; what never gets a gradient is not there.
      let learns = levels.gradients.contains { $0[k] != nil }
      let level = levels.level(k)?.rational ?? (learns ? .zero : nil)
      // A weight that starts at zero may start at anything up to the size of its updates.
      let isFree = levels.initial(k) == nil
      let initial = levels.initial(k)?.rational ?? level ?? .zero
      let direction = rates.directions[k]?.exponent.rational
      let c = direction.map { $0 - (level ?? .zero) } ?? .zero
      rules.append(
        WeightRule(
          name: name, axes: step[weight.id].axes, initializer: weight.initializer,
          exponents: Exponents(b: -initial, c: c)))
      rules[k].radius = rates.radii[name]?.rational ?? .zero
      facts.append(
        Derivation.WeightFacts(
          name: name, updateSize: level,
          gradients: levels.gradients.map { $0[k]?.rational },
          initialIsFree: isFree,
          initialReason: levels.reason(levels.unknowns.initial(k)),
          rateReason: levels.reason(levels.unknowns.level(k))))
    }
    let found = Parametrization(
      name: "maximal update", weights: rules,
      multipliers: step.multipliers.map {
        MultiplierRule(name: $0.name, standard: $0.standard, exponent: levels.multiplier($0.name)?.rational ?? .zero)
      })
    let dead = zip(step.weights, facts).compactMap { weight, facts -> Derivation.Remark? in
      guard facts.updateSize == nil, !weight.isFrozen else { return nil }
      let reached = step.gradients.contains { $0.weight == weight.id }
      return .neverLearns(
        weight: facts.name,
        because: reached
          ? "its gradient is zero and stays so, since a factor on the way to the loss is zero"
          : "the loss does not depend on it")
    }
    return Derivation(
      program: step, optimizer: optimizer.name, gauge: "multiplier-free", parametrization: found,
      weights: facts,
      multipliers: step.multipliers.map {
        .init(name: $0.name, site: $0.site, reason: levels.unknowns.multiplier($0.name).flatMap(levels.reason))
      },
      degree: rates.degrees(step, settled: levels.walker).shared?.rational, events: levels.walker.context.events,
      axisNames: levels.walker.context.axisNames,
      axisGrowth: levels.walker.context.growth.map(\.rational),
      remarks: try dead + (isConfirmed ? remarks(on: found, optimizer) : []))
  }
}

extension Levels {
  func reason(_ unknown: Int) -> Derivation.Reason? { boundBy[unknown].map { Derivation.Reason($0) } }
}

extension [Exponent?] {
  /// What all that are not nil share; nil if they differ.
  fileprivate var shared: Exponent? {
    let found = compactMap { $0 }
    return found.first.flatMap { first in found.allSatisfy { $0 == first } ? first : nil }
  }
}

extension Derivation.Reason {
  init(_ bound: Levels.Bound) {
    self.init(
      event: Int(bound.event), step: bound.step, site: ValueID(bound.site),
      contribution: bound.contribution.rational)
  }
}

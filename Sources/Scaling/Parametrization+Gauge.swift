public import Exact
import TensorPrograms

extension Parametrization {
  /// Moves n^t from a weight's initialization to its multiplier: (a, b, c) becomes (a + t, b - t, c - (1 + q) t), where
  /// q is the degree of its step (``GaugeLaw``). Whatever the network computes stays as it is.
  ///
  /// Throws ``ScalingError/noOtherGauge(weight:optimizer:)`` if the step has no degree, and
  /// ``ProgramError/unknownWeight(_:known:)``.
  public mutating func move(_ weight: String, by t: Rational, under law: GaugeLaw) throws {
    guard let k = weights.firstIndex(where: { $0.name == weight }),
      let own = law.weights.first(where: { $0.name == weight })
    else { throw ProgramError.unknownWeight(weight, known: weights.map(\.name)) }
    if t.isZero { return }
    weights[k].exponents.a = weights[k].exponents.a + t
    weights[k].exponents.b = weights[k].exponents.b - t
    guard own.hasStep else { return }
    guard let degree = own.degree else {
      throw ScalingError.noOtherGauge(weight: weight, optimizer: law.optimizer)
    }
    weights[k].exponents.c = weights[k].exponents.c - (1 + degree) * t
  }

  /// The same parametrization in a named gauge, whichever gauge it is in now.
  ///
  /// Throws as ``move(_:by:under:)``.
  public func inGauge(_ gauge: Gauge, under law: GaugeLaw) throws -> Parametrization {
    var result = self
    for rule in weights {
      guard let own = law.weights.first(where: { $0.name == rule.name }) else {
        throw ProgramError.unknownWeight(rule.name, known: law.weights.map(\.name))
      }
      let size = rule.exponents.a + rule.exponents.b
      try result.move(rule.name, by: gauge.multiplier(own.fan, size) - rule.exponents.a, under: law)
    }
    return result
  }
}

/// What no gauge changes of a weight's exponents.
public struct GaugeInvariants: Sendable, Hashable, Codable {
  /// a + b: the initial weight, multiplier included, is of size n to minus this.
  public var size: Rational
  /// (1 + q) a + c: the rate that it would have without a multiplier is n to minus this. Nil if the step has no
  /// degree q.
  public var rate: Rational?

  public init(_ exponents: Exponents, degree: Rational?) {
    size = exponents.a + exponents.b
    rate = degree.map { (1 + $0) * exponents.a + exponents.c }
  }

  /// `2a + c`, `a + c`, `c`: the second invariant for a step of this degree.
  public static func rateText(_ degree: Rational) -> String {
    let factor = 1 + degree
    if factor.isZero { return "c" }
    if factor == -1 { return "c - a" }
    return (factor == 1 ? "a" : factor.isInteger && factor > 0 ? "\(factor)a" : "(\(factor))a") + " + c"
  }
}

extension Derivation {
  /// How each weight's step reacts to a change of gauge.
  public func gaugeLaw() throws -> GaugeLaw {
    try GaugeLaw(stepped: program, optimizer: optimizer).naming(parametrization.weights.map(\.name)) {
      standsFor[$0] ?? $0
    }
  }

  /// The same derivation in a named gauge. Levels, gradients and reasons are still those of the weight as the network
  /// uses it, multiplier included.
  ///
  /// Throws ``ScalingError/noOtherGauge(weight:optimizer:)`` if the optimizer's step is not homogeneous.
  public func inGauge(_ gauge: Gauge) throws -> Derivation {
    var result = self
    result.parametrization = try parametrization.inGauge(gauge, under: gaugeLaw())
    result.gauge = gauge.name
    return result
  }

  /// The exponent of the gradient in what is trained, in the steady state; nil if none arrives. The multiplier makes it
  /// n^-a times that in the weight as the network uses it.
  public func gradient(of weight: String) -> Rational? {
    guard let facts = weights.first(where: { $0.name == weight }), let rule = parametrization[weight] else {
      return nil
    }
    return (facts.gradients.last ?? nil).map { $0 - rule.exponents.a }
  }

  /// How each weight's guards against division by zero must scale with width to stay as small beside what they guard
  /// as at the base width: exponents by weight, in the order of ``Parametrization/weights``. Empty for a step without.
  ///
  /// Epsilon sees the gradient itself, so it is different in each gauge.
  public func epsilons() throws -> [[Rational]] { try guardedExponents().map { $0.map(\.exponent) } }

  /// The exponents of ``epsilons()``, each with whose epsilon it is, if an optimizer's.
  func guardedExponents() throws -> [[(owner: EpsilonOwner?, exponent: Rational)]] {
    let step = StepProbe(program)
    let names = step.weights.map { program[$0].name }
    let sizes = names.map { name -> Exponent in
      guard let facts = weights.first(where: { $0.name == name }), let rule = parametrization[name] else {
        return .zero
      }
      let level = facts.updateSize.map { $0 + rule.exponents.a }
      return Exponent(max(rule.initialSize, level ?? rule.initialSize))
    }
    let slopes = names.map { gradient(of: $0).map { Exponent($0) } }
    let guards = try step.walk(weights: sizes, gradients: slopes, rates: sizes.map { _ in .zero }).guards
    return parametrization.weights.map { rule in
      let representative = standsFor[rule.name] ?? rule.name
      guard let k = names.firstIndex(of: representative), slopes[k] != nil else { return [] }
      return zip(step.guards[k], guards[k]).compactMap { value, exponent in
        guard let exponent else { return nil }
        var owner: EpsilonOwner?
        if case .epsilon(let own)? = program[value].primitive.runParameter { owner = own }
        if owner?.weight == representative { owner?.weight = rule.name }
        return (owner, exponent.rational)
      }
    }
  }
}

extension GaugeLaw {
  /// The law of these weights, each as that of the one that stands for it.
  fileprivate func naming(_ names: [String], _ representative: (String) -> String) -> GaugeLaw {
    let known = Dictionary(weights.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    return GaugeLaw(
      optimizer: optimizer,
      weights: names.compactMap { name in
        var own = known[representative(name)]
        own?.name = name
        return own
      })
  }
}

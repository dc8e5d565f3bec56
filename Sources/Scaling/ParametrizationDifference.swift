public import Exact
public import TensorPrograms

/// Where two parametrizations of one program differ.
public struct ParametrizationDifference: Sendable {
  /// What each is called: `Adam`, `standard`.
  public var names: [String]
  /// The weights whose exponents differ, in recorded order.
  public var weights: [Row]
  /// The free multipliers whose exponents differ.
  public var multipliers: [Multiplier]
  /// How many weights and multipliers have the same exponents.
  public var agreeing: Int

  public struct Row: Sendable {
    public var name: String
    public var axes: [Axis]
    public var initializer: Initializer
    /// One for each parametrization.
    public var exponents: [Exponents]
    /// Whether they differ in gauge only. Nil where that has no answer: without a common optimizer.
    public var isGauge: Bool?
  }

  public struct Multiplier: Sendable {
    public var name: String
    public var exponents: [Rational]
  }

  /// Whether nothing differs but the gauge.
  public var isGauge: Bool { !weights.isEmpty && multipliers.isEmpty && weights.allSatisfy { $0.isGauge == true } }
}

extension Parametrization {
  /// The weights and multipliers whose exponents are not those of `other`, and which of them differ in gauge only.
  ///
  /// `law`: of the optimizer that both are for; without one, gauges are not told apart. What only one of them has is
  /// an error, ``ProgramError/unknownWeight(_:known:)``: they are of two programs.
  public func difference(from other: Parametrization, under law: GaugeLaw? = nil) throws -> ParametrizationDifference {
    var result = ParametrizationDifference(names: [name, other.name], weights: [], multipliers: [], agreeing: 0)
    for rule in weights {
      let second = try other.rule(rule.name)
      if rule.exponents == second.exponents {
        result.agreeing += 1
        continue
      }
      let isGauge = law.map { law in
        let degree = law.degree(of: rule.name)
        let (first, second) = (
          GaugeInvariants(rule.exponents, degree: degree), GaugeInvariants(second.exponents, degree: degree)
        )
        return first == second && first.rate != nil
      }
      result.weights.append(
        .init(
          name: rule.name, axes: rule.axes, initializer: rule.initializer,
          exponents: [rule.exponents, second.exponents], isGauge: isGauge))
    }
    for rule in multipliers {
      guard let second = other.multipliers.first(where: { $0.name == rule.name }) else {
        throw ProgramError.unknownWeight(rule.name, known: other.multipliers.map(\.name))
      }
      if rule.exponent == second.exponent {
        result.agreeing += 1
      } else {
        result.multipliers.append(.init(name: rule.name, exponents: [rule.exponent, second.exponent]))
      }
    }
    for name in other.weights.map(\.name) where self[name] == nil {
      throw ProgramError.unknownWeight(name, known: weights.map(\.name))
    }
    return result
  }
}

extension Derivation {
  /// The weights and multipliers that scale otherwise than in `other`, a derivation of the same network.
  ///
  /// Throws as ``Parametrization/difference(from:under:)``.
  public func difference(from other: Derivation) throws -> ParametrizationDifference {
    let law = optimizer == other.optimizer ? try gaugeLaw() : nil
    var result = try parametrization.difference(from: other.parametrization, under: law)
    result.names =
      optimizer != other.optimizer
      ? [optimizer, other.optimizer] : gauge != other.gauge ? [gauge, other.gauge] : result.names
    return result
  }
}

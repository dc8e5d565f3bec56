public import Exact
import TensorPrograms

extension Derivation {
  /// The values that an exponent b of an initial size n^-b may take.
  public enum InitialRange: Sendable, Hashable {
    case exactly(Rational)
    /// From the first, with which it is largest, to the second, with which a feature would just not vanish.
    case between(Rational, Rational)
    /// Any from here on: it may start at zero.
    case atLeast(Rational)
    /// Nothing depends on it, or it starts at zero; this is the size that its updates reach.
    case anything(Rational)

    /// The b of the largest start.
    public var least: Rational {
      switch self {
      case .exactly(let b), .between(let b, _), .atLeast(let b), .anything(let b): b
      }
    }

    /// The b of the smallest start; nil if that is zero.
    public var most: Rational? {
      switch self {
      case .exactly(let b), .between(_, let b): b
      case .atLeast, .anything: nil
      }
    }
  }

  /// What b of each weight may be, all else as it is, in the order of ``Parametrization/weights``.
  ///
  /// Throws as the derivation did.
  public func initialRanges() throws -> [InitialRange] {
    let unknowns = Unknowns(program)
    var point = [Rational](repeating: 0, count: unknowns.count)
    var place: [String: Int] = [:]
    for (k, weight) in unknowns.weights.enumerated() {
      let name = program[weight.id].name
      place[name] = k
      guard let rule = parametrization[name], let facts = weights.first(where: { $0.name == name }) else { continue }
      point[unknowns.initial(k)] = -(rule.exponents.a + rule.exponents.b)
      point[unknowns.level(k)] = facts.updateSize ?? 0
    }
    for rule in parametrization.multipliers {
      if let unknown = unknowns.multiplier(rule.name) { point[unknown] = rule.exponent }
    }
    let smallest = try Evaluation(program, unknowns, at: point, characters: nil).smallestInitials()
    return parametrization.weights.map { rule in
      guard let k = place[standsFor[rule.name] ?? rule.name] else { return .anything(rule.exponents.b) }
      switch smallest[k] {
      case .unjudged: return .anything(rule.exponents.b)
      case .zero: return .atLeast(rule.exponents.b)
      case .size(let least):
        let last = -least - rule.exponents.a
        return last > rule.exponents.b ? .between(rule.exponents.b, last) : .exactly(rule.exponents.b)
      }
    }
  }
}

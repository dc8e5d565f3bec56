/// Where an optimizer's step takes weight decay.
public struct DecayTerm: Sendable, Hashable {
  public enum Convention: Sendable, Hashable {
    /// `w - decay w`.
    case independent
    /// `w - rate decay w`.
    case timesRate
    /// `gradient + decay w`.
    case throughGradient
  }

  /// The name of the weight.
  public var weight: String
  /// The weight times its decay.
  public var value: ValueID
  /// What it is held in proportion to: the weight, or the gradient that it is added to.
  public var reference: ValueID
  public var convention: Convention
}

extension Program {
  /// The first decay of each weight that has one, in recorded order.
  public var decayTerms: [DecayTerm] {
    let rated = ratedDecays
    let gradients = Dictionary(gradients.map { ($0.weight, $0.value) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<String> = []
    return step.compactMap { i in
      guard case .decay(let name)? = instructions[i].primitive.runParameter, let weight = value(named: name),
        seen.insert(name).inserted
      else { return nil }
      let sum = step.first { instructions[$0].role.isSum && instructions[$0].operands.contains(ValueID(i)) }
      let gradient = gradients[weight].flatMap { gradient in
        sum.flatMap { instructions[$0].operands.first { $0 != ValueID(i) && stands($0, for: gradient) } }
      }
      let convention: DecayTerm.Convention =
        gradient != nil ? .throughGradient : rated.contains(name) ? .timesRate : .independent
      return DecayTerm(weight: name, value: ValueID(i), reference: gradient ?? weight, convention: convention)
    }
  }

  /// Whether a value is another one, under whatever name and factor.
  private func stands(_ id: ValueID, for other: ValueID) -> Bool {
    var id = id
    while id != other {
      guard self[id].role.passage != nil || self[id].role.isContraction, let operand = self[id].operands.first else {
        return false
      }
      id = operand
    }
    return true
  }
}

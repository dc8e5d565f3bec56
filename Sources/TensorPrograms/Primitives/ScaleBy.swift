import Exact
import Tensors

/// A number times a value: a constant, powers of dimensions, and what a parametrization or schedule supplies.
public struct ScaleBy: Primitive {
  public static let mnemonic = "scale"
  /// The number; for a free multiplier, only its standard value.
  public let factor: Monomial
  public let symbol: RunParameter?

  public init(_ factor: Monomial, _ symbol: RunParameter?) {
    self.factor = factor
    self.symbol = symbol
  }

  public init(reading attributes: AttributeReader) throws {
    factor = try attributes.monomial("by") ?? Monomial()
    if let name = attributes.text("multiplier") {
      symbol = .multiplier(name)
    } else if let name = attributes.text("gauge") {
      symbol = .gauge(name)
    } else if let name = attributes.text("rate") {
      symbol = .rate(name)
    } else if let name = attributes.text("decay") {
      symbol = .decay(name)
    } else if let name = attributes.text("radius") {
      symbol = .radius(name)
    } else if let beta = try attributes.numbers("correction")?.first {
      symbol = .correction(beta)
    } else if let power = try attributes.numbers("power")?.first {
      symbol = .power(power)
    } else {
      symbol = nil
    }
  }

  public var attributes: [Attribute] {
    var result: [Attribute] = []
    if factor != Monomial() || symbol == nil { result.append(Attribute("by", factor.description)) }
    switch symbol {
    case .multiplier(let name): result.append(Attribute("multiplier", name))
    case .gauge(let name): result.append(Attribute("gauge", name))
    case .rate(let name): result.append(Attribute("rate", name))
    case .decay(let name): result.append(Attribute("decay", name))
    case .radius(let name): result.append(Attribute("radius", name))
    case .correction(let beta): result.append(Attribute("correction", beta.shortest))
    case .power(let power): result.append(Attribute("power", power.shortest))
    case .epsilon, nil: break
    }
    return result
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try sameAxes(operands) }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [scale(cotangent, by: factor, symbol)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.scale(operands[0], by: factor, symbol, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let coefficient = try binding.coefficient(self)
    return .elementwise { .combination([(coefficient: coefficient, register: $0[0])], offset: 0) }
  }
}

/// `x + epsilon`: a guard against division by zero. The calculus takes epsilon to be negligible.
public struct Guard: Primitive {
  public static let mnemonic = "guard"
  public let epsilon: Double
  /// Whose step it is in, if an optimizer's.
  public let owner: EpsilonOwner?

  public init(_ epsilon: Double, of owner: EpsilonOwner? = nil) {
    self.epsilon = epsilon
    self.owner = owner
  }

  public init(reading attributes: AttributeReader) throws {
    epsilon = try attributes.number("epsilon")
    owner = attributes.text("of").map { EpsilonOwner(weight: $0, part: attributes.text("part") ?? "") }
  }

  public var attributes: [Attribute] {
    var result = [Attribute("epsilon", epsilon.shortest)]
    if let owner {
      result.append(Attribute("of", owner.weight))
      if !owner.part.isEmpty { result.append(Attribute("part", owner.part)) }
    }
    return result
  }

  public var symbol: RunParameter? { owner.map { .epsilon($0) } }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try sameAxes(operands) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [cotangent] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let epsilon = try binding.coefficient(epsilon, times: symbol)
    return .elementwise { .combination([(coefficient: .constant(1), register: $0[0])], offset: epsilon) }
  }
}

/// The one operand's axes.
func sameAxes(_ operands: [[Axis]]) throws -> [Axis] {
  try expect(1, operands)
  return operands[0]
}

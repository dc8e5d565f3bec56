import Exact
import Tensors

/// A number times a value: a constant, powers of dimensions, and what a parametrization or schedule supplies.
public struct ScaleBy: Primitive {
  public static let mnemonic = "scale"
  public static let otherNames = ["times"]
  public var role: Role { .passage(.scaled(factor)) }
  /// The number; for a free multiplier, only its standard value.
  public let factor: Monomial
  public let runParameter: RunParameter?

  public init(_ factor: Monomial, _ runParameter: RunParameter?) {
    self.factor = factor
    self.runParameter = runParameter
  }

  public init(reading attributes: AttributeReader) throws {
    factor = try attributes.monomial("by") ?? Monomial()
    if let name = attributes.text("multiplier") {
      runParameter = .multiplier(name)
    } else if let name = attributes.text("gauge") {
      runParameter = .gauge(name)
    } else if let name = attributes.text("rate") {
      runParameter = .rate(name)
    } else if let name = attributes.text("decay") {
      runParameter = .decay(name)
    } else if let name = attributes.text("radius") {
      runParameter = .radius(name)
    } else if let beta = try attributes.numbers("correction")?.first {
      runParameter = .correction(beta)
    } else if let power = try attributes.numbers("power")?.first {
      runParameter = .power(power)
    } else {
      runParameter = nil
    }
  }

  public var attributes: [Attribute] {
    var result: [Attribute] = []
    if factor != Monomial() || runParameter == nil { result.append(Attribute("by", factor.description)) }
    switch runParameter {
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
    [scale(cotangent, by: factor, runParameter)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.scale(operands[0], by: factor, runParameter, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    // A free multiplier's number is the parametrization's; the factor is only its standard value.
    let number: Double = if case .multiplier? = runParameter { 1 } else { try factor.value(at: binding.width) }
    let coefficient = try binding.coefficient(number, times: runParameter)
    return .elementwise { .combination([(coefficient: coefficient, register: $0[0])], offset: 0) }
  }
}

/// `x + epsilon`: a guard against division by zero. The calculus takes epsilon to be negligible.
public struct AddEpsilon: Primitive {
  public static let mnemonic = "guard"
  public var role: Role { .guarded(epsilon: epsilon) }
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

  public var runParameter: RunParameter? { owner.map { .epsilon($0) } }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try sameAxes(operands) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [cotangent] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let epsilon = try binding.coefficient(epsilon, times: runParameter)
    return .elementwise { .combination([(coefficient: .constant(1), register: $0[0])], offset: epsilon) }
  }
}

/// `factor * x`.
public func scale(_ x: Value, by factor: Monomial, _ runParameter: RunParameter? = nil) -> Value {
  x.recorder.record(ScaleBy(factor, runParameter), [x])
}

/// `factor * x`, where the exponent of the factor in width is free: a parametrization decides it, and `factor`
/// is only its standard value (the attention scale's `head^(-1/2)`).
public func multiplier(_ name: String, _ x: Value, standard factor: Monomial = Monomial()) -> Value {
  scale(x, by: factor, .multiplier(x.recorder.qualified(name)))
}

/// `x + epsilon`, a guard against division by zero. The calculus takes epsilon to be negligible.
public func guarded(_ x: Value, epsilon: Double) -> Value { guarded(x, epsilon: epsilon, of: nil) }

/// The same in an optimizer's step, whose epsilon it is.
func guarded(_ x: Value, epsilon: Double, of owner: EpsilonOwner?) -> Value {
  x.recorder.record(AddEpsilon(epsilon, of: owner), [x])
}

extension Instruction {
  /// The multiplier of a weight, in a gauge that has one: what uses the weight reads this instead.
  static func gaugeMultiplier(of weight: Instruction, at id: ValueID) -> Instruction {
    Instruction(
      primitive: ScaleBy(Monomial(), .gauge(weight.name)), operands: [id], axes: weight.axes,
      name: "%\(weight.name)/multiplied")
  }
}

/// The one operand's axes.
func sameAxes(_ operands: [[Axis]]) throws -> [Axis] {
  try expect(1, operands)
  return operands[0]
}

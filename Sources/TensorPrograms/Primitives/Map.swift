import Tensors

/// A nonlinearity, entry by entry. Its word in a text is the nonlinearity's name: `tanh h`.
public struct Map: Primitive {
  public static let mnemonic = "map"
  public var role: Role { .function(nonlinearity.profile) }
  public var entryFunction: EntryFunction? { nonlinearity.entryFunction }
  public let nonlinearity: Nonlinearity

  public init(_ nonlinearity: Nonlinearity) { self.nonlinearity = nonlinearity }

  public init(reading attributes: AttributeReader) throws {
    guard let found = try Nonlinearity(reading: attributes) else {
      throw OtherNames.unknown(attributes.word, known: Nonlinearity.families.map(\.name))
    }
    nonlinearity = found
  }

  public var word: String { nonlinearity.name }
  public var attributes: [Attribute] { nonlinearity.attributes }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try sameAxes(operands) }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    guard nonlinearity.derivative != nil else { throw ProgramError.notDifferentiable(nonlinearity.name) }
    let slope = operands[0].recorder.record(MapSlope(nonlinearity), [operands[0], result])
    return [contract([cotangent, slope], to: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.map(nonlinearity.profile, operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    let function = nonlinearity.function
    return .elementwise { .map(function, $0[0]) }
  }
}

/// A nonlinearity, entry by entry.
public func map(_ nonlinearity: Nonlinearity, _ x: Value) -> Value { x.recorder.record(Map(nonlinearity), [x]) }

/// The derivative of a nonlinearity at its operand, a function of that. Its second operand is the nonlinearity's result,
/// which may be the cheaper way to it.
public struct MapSlope: Primitive {
  public static let mnemonic = "slope"
  public static let otherNames = ["derivative", "grad"]
  public var role: Role { .nonlinear }
  public var entryFunction: EntryFunction? { nonlinearity.slopeFunction }
  public let nonlinearity: Nonlinearity

  init(_ nonlinearity: Nonlinearity) { self.nonlinearity = nonlinearity }

  public init(reading attributes: AttributeReader) throws {
    let name = try attributes.required("of")
    let reader = AttributeReader(
      word: name, attributes.text("slope").map { [Attribute("slope", $0)] } ?? [], dimensions: [])
    guard let found = try Nonlinearity(reading: reader) else {
      throw OtherNames.unknown(name, known: Nonlinearity.families.map(\.name))
    }
    nonlinearity = found
  }

  public var attributes: [Attribute] { [Attribute("of", nonlinearity.name)] + nonlinearity.attributes }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(2, operands)
    guard operands[0] == operands[1] else { throw ShapeProblem("the operand and its result differ in axes") }
    return operands[0]
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    switch nonlinearity.curvature {
    case .number(0)?: return [nil, nil]
    case .number(let number)?: return [number * cotangent, nil]
    case .of(let curvature)?:
      return [contract([cotangent, curvature(operands[0], operands[1], result)], to: operands[0].axes), nil]
    case nil: throw ProgramError.notDifferentiable("the slope of \(nonlinearity.name)")
    }
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.map(nonlinearity.profile.derivative, operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    switch nonlinearity.derivative {
    case .ofOperand(let function)?: .elementwise { .map(function, $0[0]) }
    case .ofResult(let function)?: .elementwise { .map(function, $0[1]) }
    case nil: .elementwise { .map(.sign, $0[0]) }
    }
  }
}

/// The derivative of a nonlinearity, entry by entry.
public func slope(of nonlinearity: Nonlinearity, _ x: Value) -> Value {
  x.recorder.record(MapSlope(nonlinearity), [x, map(nonlinearity, x)])
}

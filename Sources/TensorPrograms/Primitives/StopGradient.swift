/// The operand itself, taken as given: no gradient goes through it. Of a teacher that a student follows, of what a
/// straight-through estimator adds, of a target network.
public struct StopGradient: Primitive {
  public static let mnemonic = "stopgradient"
  public static let otherNames = ["detach", "stop_gradient", "stop"]
  public var role: Role { .passage(.scaled(Monomial())) }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try sameAxes(operands) }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [nil] }

  /// The operand, times 1.
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.scale(operands[0], by: Monomial(), nil, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .alias }
}

/// x, without a gradient through it.
public func stopGradient(_ x: Value) -> Value { x.recorder.record(StopGradient(), [x]) }

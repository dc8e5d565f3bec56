import Tensors

/// The larger of two values, entry by entry, broadcast by the names of axes. Its derivative is that of the larger one;
/// where they are equal, of the second.
public struct Maximum: Primitive {
  public static let mnemonic = "maximum"
  public static let otherNames = ["max"]
  public var role: Role { .nonlinear }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(2, operands)
    return try Add([1, 1]).resultAxes(operands, declared: declared)
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    let first = slope(of: .relu, operands[0] - operands[1])
    let taken = contract([cotangent, first], to: result.axes)
    return [sum(taken, keeping: operands[0].axes), sum(cotangent - taken, keeping: operands[1].axes)]
  }

  /// As large as the sum; and of two values that change sign it has a mean, as `a + relu(b - a)` has.
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.map(Nonlinearity.relu.profile, reading.add(operands, times: [1, 1], at: site), at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    .elementwise { .pair(.maximum, $0[0], $0[1]) }
  }
}

/// The angle of the point (x, y), entry by entry: `atan(y / x)` where x is positive.
public struct Angle: Primitive {
  public static let mnemonic = "atan2"
  public var role: Role { .nonlinear }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try Maximum().resultAxes(operands, declared: declared)
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    throw ProgramError.notDifferentiable("atan2")
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    let inverse = try reading.map(Nonlinearity.reciprocal.profile, operands[1], at: site)
    let ratio = try reading.product(operands[0], inverse, at: site)
    return try reading.map(FunctionProfile(.odd), ratio, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    .elementwise { .pair(.angle, $0[0], $0[1]) }
  }
}

/// The largest entry along a fixed axis: the entry that is among the one largest. Its derivative is that of the first of
/// those that are largest.
public func maximum(of x: Value, along axis: Axis) -> Value {
  contract([x, largest(1, of: x, along: axis)], to: x.axes.filter { $0 != axis })
}

/// The larger of two values, entry by entry.
public func maximum(_ a: Value, _ b: Value) -> Value { a.recorder.record(Maximum(), [a, b]) }

/// The angle of the point (x, y), entry by entry.
public func atan2(_ y: Value, _ x: Value) -> Value { y.recorder.record(Angle(), [y, x]) }

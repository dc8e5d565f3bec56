import Tensors

/// A real-valued input of one batch, entries of size 1.
public struct Input: Primitive {
  public static let mnemonic = "input"
  public var role: Role { .input }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try declaredAxes(declared) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning { try reading.data(at: site) }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .source }
}

/// An input of whole numbers `0 ..< below`: tokens or labels.
public struct Indices: Primitive {
  public static let mnemonic = "indices"
  public static let otherNames = ["labels", "integers", "tokens"]
  public var role: Role { .indices(below: below) }
  public let below: Dimension
  public init(below: Dimension) { self.below = below }
  public init(reading attributes: AttributeReader) throws { below = try attributes.oneAxis("below").dimension }
  public var attributes: [Attribute] { [Attribute("below", below.name)] }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try declaredAxes(declared) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning { try reading.data(at: site) }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .source }
}

/// A trained tensor, or a frozen one, which keeps its initial value.
public struct Weight: Primitive {
  public static let mnemonic = "weight"
  public static let otherNames = ["parameter", "param", "variable"]
  public var role: Role { .weight(initializer, isFrozen: isFrozen) }
  public let initializer: Initializer
  /// Whether it gets no gradient and no update.
  public let isFrozen: Bool

  public init(_ initializer: Initializer, frozen: Bool = false) {
    self.initializer = initializer
    isFrozen = frozen
  }

  public init(reading attributes: AttributeReader) throws {
    switch attributes.text("frozen") {
    case nil, "false": isFrozen = false
    case "true": isFrozen = true
    case .some: throw attributes.fail("frozen", "is true or false")
    }
    if let deviation = try attributes.monomial("gaussian") {
      initializer = .gaussian(deviation)
    } else if let value = try attributes.numbers("constant") {
      guard value.count == 1 else { throw attributes.fail("constant", "takes one number") }
      initializer = value[0] == 0 ? .zero : .constant(value[0])
    } else {
      throw attributes.fail("gaussian", "is missing: write gaussian(STANDARD DEVIATION) or constant(NUMBER)")
    }
  }

  public var attributes: [Attribute] {
    let start =
      switch initializer {
      case .gaussian(let deviation): Attribute("gaussian", deviation.description)
      case .constant(let value): Attribute("constant", value.shortest)
      case .zero: Attribute("constant", "0")
      }
    return isFrozen ? [start, Attribute("frozen", "true")] : [start]
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try declaredAxes(declared) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.source(at: site)
  }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .source }
}

extension Instruction {
  /// A frozen weight of zeros with the axes of another one, to be filled with what that is at some time.
  static func standIn(for weight: Instruction, named name: String) -> Instruction {
    Instruction(primitive: Weight(.zero, frozen: true), operands: [], axes: weight.axes, name: name)
  }
}

/// What an optimizer remembers from step to step; zero at first.
public struct OptimizerState: Primitive {
  public static let mnemonic = "state"
  public var role: Role { .state }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try declaredAxes(declared) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.source(at: site)
  }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering { .source }
}

func declaredAxes(_ declared: [Axis]?) throws -> [Axis] {
  guard let declared else { throw ShapeProblem("its axes must be given") }
  return declared
}

/// The number 1: the cotangent of the loss.
public struct Ones: Primitive {
  public static let mnemonic = "one"
  public var role: Role { .one }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }
  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] { try declaredAxes(declared) }
  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning { try reading.one(at: site) }
  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    .elementwise { _ in .combination([], offset: 1) }
  }
}

extension Recorder {
  /// A real-valued input of one batch.
  public func input(_ name: String, _ axes: [Axis]) -> Value { record(Input(), [], axes: axes, name: name) }

  /// A real-valued input of one batch.
  public func input(_ name: String, _ dimensions: [Dimension]) -> Value { input(name, dimensions.map { Axis($0) }) }

  /// A real-valued input of one batch: `p.input("image", .batch, .fixed("pixels", 64))`.
  public func input(_ name: String, _ dimensions: Dimension...) -> Value { input(name, dimensions) }

  /// An input of whole numbers `0 ..< below`: labels or tokens.
  public func indices(_ name: String, _ dimensions: [Dimension], below: Dimension) -> Value {
    record(Indices(below: below), [], axes: dimensions.map { Axis($0) }, name: name)
  }

  /// Class labels of a batch.
  public func labels(_ name: String, _ dimensions: [Dimension] = [.batch], below: Dimension) -> Value {
    indices(name, dimensions, below: below)
  }

  /// A trained tensor; a frozen one gets no gradient and no update.
  public func weight(_ name: String, _ axes: [Axis], _ initializer: Initializer, frozen: Bool = false) -> Value {
    record(Weight(initializer, frozen: frozen), [], axes: axes, name: name)
  }

  /// The number 1.
  public func one() -> Value { record(Ones(), [], axes: []) }

  /// What an optimizer remembers from step to step.
  func state(_ name: String, _ axes: [Axis]) -> Value { record(OptimizerState(), [], axes: axes, name: name) }
}

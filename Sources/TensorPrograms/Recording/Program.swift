import Exact

/// A network, and after ``Program/withGradient()`` and ``Program/withStep(_:)`` its training step, as a
/// straight line of instructions over tensors with named symbolic dimensions (Tensor Programs, 2009.10685).
///
/// Every reading of a program (its exponents, its tensors, its text) walks the same instructions.
public struct Program: Sendable {
  public var name: String
  /// The works that the network is taken from.
  public var sources: [Citation] = []
  /// In the order of first use.
  public internal(set) var dimensions: [Dimension] = []
  public internal(set) var instructions: [Instruction] = []
  /// The scalar that is minimized.
  public internal(set) var loss: ValueID?
  public internal(set) var segments = Segments()
  /// The gradient of the loss in each weight that it reaches.
  public internal(set) var gradients: [Gradient] = []
  /// The gradient of the loss in what each use of a weight makes, and in what else ``pullingBack(_:to:_:)`` was asked for.
  public internal(set) var cotangents: [Cotangent] = []
  /// What each weight and each state becomes at the end of a step.
  public internal(set) var updates: [Update] = []

  public struct Gradient: Sendable, Hashable {
    public var weight: ValueID
    public var value: ValueID
  }

  /// The gradient in a value of the forward pass.
  public struct Cotangent: Sendable, Hashable {
    /// What it is the gradient in.
    public var target: ValueID
    public var value: ValueID
  }

  public struct Update: Sendable, Hashable {
    public var target: ValueID
    public var value: ValueID
  }

  init(name: String) { self.name = name }

  /// Records a network.
  ///
  ///     let program = try Program("line") { p in
  ///       let x = p.input("x", [.batch, .fixed("features", 8)])
  ///       p.minimize(meanSquaredError(Dense("readout", to: .fixed("outputs", 1))(x), p.input("y", [.batch])))
  ///     }
  ///
  /// Throws: the first ``ProgramError`` of the recording, in the names used in it.
  public init(_ name: String, _ record: (Recorder) throws -> Void) throws {
    let recorder = Recorder(Program(name: name))
    try record(recorder)
    self = try recorder.finish()
  }

  public subscript(id: ValueID) -> Instruction { instructions[id.index] }

  /// The weights, in recorded order.
  public var weights: [(id: ValueID, initializer: Initializer, isFrozen: Bool)] {
    instructions.indices.compactMap { i in
      guard case .weight(let initializer, let isFrozen) = instructions[i].role else { return nil }
      return (ValueID(i), initializer, isFrozen)
    }
  }

  /// Whether a weight of this name keeps its initial value.
  public func isFrozen(_ weight: String) -> Bool {
    weights.contains { $0.isFrozen && self[$0.id].name == weight }
  }

  /// The free multipliers (such as an attention scale), in recorded order, with their standard value.
  public var multipliers: [(name: String, standard: Monomial, site: ValueID)] {
    forward.compactMap { i in
      guard case .multiplier(let name)? = instructions[i].primitive.runParameter,
        let factor = instructions[i].role.factor
      else { return nil }
      return (name, factor, ValueID(i))
    }
  }

  /// The value of this name, if there is one.
  public func value(named name: String) -> ValueID? {
    instructions.firstIndex { $0.name == name }.map { ValueID($0) }
  }

  /// The values of the forward pass that bear a name of the user's, weights and inputs apart.
  public var namedValues: [ValueID] {
    forward.filter { i in
      instructions[i].isNamed && !instructions[i].operands.isEmpty
    }.map { ValueID($0) }
  }

  /// Throws ``ProgramError/noLoss(program:)`` if nothing is minimized.
  public func requireLoss() throws -> ValueID {
    guard let loss else { throw ProgramError.noLoss(program: name) }
    return loss
  }

  func operandAxes(_ instruction: Instruction) -> [[Axis]] { instruction.operands.map { self[$0].axes } }

  mutating func declare(_ dimension: Dimension) throws {
    if let known = dimensions.first(where: { $0.name == dimension.name }) {
      guard known.size == dimension.size else {
        throw ProgramError.conflictingDimension(
          dimension.name, first: known.size.description, second: dimension.size.description)
      }
    } else {
      guard dimension.size.exponent >= 0, dimension.size.coefficient > 0 else {
        throw ProgramError.syntax(
          "dimension \"\(dimension.name)\" = \(dimension.size): a size is positive, and does not shrink as n grows")
      }
      dimensions.append(dimension)
    }
  }
}

/// The index of an instruction and of the value that it makes.
public struct ValueID: Sendable, Hashable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
}

/// One line of a program: `name [axes] = operation operands`.
public struct Instruction: Sendable {
  public var primitive: any Primitive
  public var operands: [ValueID]
  public var axes: [Axis]
  public var name: String
  /// Whether the user gave the name; other names start with `%`.
  public var isNamed: Bool { !name.hasPrefix("%") }
}

public import Tensors

/// An operation of tensor programs. Each states all its rules in one file: its text, what it is to a program, its shape
/// and pullback, how it is interpreted, and how it is evaluated. A missing rule does not compile.
public protocol Primitive: Sendable {
  /// The word for it in a program's text.
  static var mnemonic: String { get }
  /// What others call it, lower case: whoever writes one of these is told ours.
  static var otherNames: [String] { get }
  /// The word for this one; differs from the type's for nonlinearities, which bear their own names.
  var word: String { get }
  /// What the text says in parentheses: `along(vocabulary)`.
  var attributes: [Attribute] { get }
  /// Reads what `attributes` wrote. Throws ``ProgramError/attribute(operation:attribute:reason:)``.
  init(reading attributes: AttributeReader) throws

  /// What it is to a program: which kind of value or operation.
  var role: Role { get }

  /// The axes of the result. `declared` is what the recording asks for, where the operation leaves a choice.
  func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis]

  /// The cotangents of the operands, nil where there is none.
  func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?]

  /// What the result means under an interpretation, given what the operands mean.
  func interpret<I: Interpretation>(_ operands: [I.Meaning], at site: Site, in reading: I) throws(I.Failure)
    -> I.Meaning

  /// The run parameter that it reads, nil for most.
  var runParameter: RunParameter? { get }

  /// The function of one variable that it applies to each entry of its first operand, nil for most.
  var entryFunction: EntryFunction? { get }

  /// How the result is computed at given sizes.
  func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering
}

extension Primitive {
  public static var otherNames: [String] { [] }
  public var word: String { Self.mnemonic }
  public var attributes: [Attribute] { [] }
  public var runParameter: RunParameter? { nil }
  public var entryFunction: EntryFunction? { nil }
}

/// How an engine obtains a value.
public enum Lowering: Sendable {
  /// Data, weight or state: held by the engine.
  case source
  /// The same memory as the operand.
  case alias
  /// An elementwise operation on broadcast operands; the engine fuses chains of them.
  case elementwise(@Sendable (_ registers: [Int]) -> ElementwiseOperation)
  case kernel(any Kernel)
}

/// Sizes and run-time numbers for one width.
public struct Binding: Sendable {
  public let width: Int
  let scalarIndex: [RunParameter: Int]

  /// `scalars`: the run-time numbers that the program's multipliers refer to, by position.
  public init(width: Int, scalars: [RunParameter]) {
    self.width = width
    scalarIndex = Dictionary(scalars.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Axes as labels and sizes. Labels are equal where axes are.
  public func shape(_ axes: [Axis], labels: inout Labels) throws -> Shape {
    try Shape(
      labels: axes.map { labels[$0] }, sizes: axes.map { try $0.dimension.size.value(at: width, of: $0.dimension.name) }
    )
  }

  public func shapes(_ operands: [[Axis]], _ result: [Axis]) throws -> (
    operands: [Shape], result: Shape, labels: Labels
  ) {
    var labels = Labels()
    let shapes = try operands.map { try shape($0, labels: &labels) }
    return (shapes, try shape(result, labels: &labels), labels)
  }

  func coefficient(_ number: Double, times runParameter: RunParameter?) throws -> Coefficient {
    guard let runParameter else { return .constant(number) }
    guard let index = scalarIndex[runParameter] else { throw ProgramError.unknownValue("\(runParameter)") }
    return .scalar(index, times: number)
  }
}

/// Numbers for axes, given out in order of first appearance.
public struct Labels: Sendable {
  private var known: [Axis] = []
  public init() {}
  public subscript(axis: Axis) -> Label {
    mutating get {
      if let index = known.firstIndex(of: axis) { return index }
      known.append(axis)
      return known.count - 1
    }
  }
}

/// A run parameter: a number that is given for a run, by the parametrization or by a schedule.
public enum RunParameter: Sendable, Hashable {
  /// A free multiplier, such as an attention scale.
  case multiplier(String)
  /// The multiplier of a weight in a gauge that has one (n^-a).
  case gauge(String)
  /// The learning rate of a weight.
  case rate(String)
  /// The weight decay of a weight: in the decoupled form the fraction taken away at each step.
  case decay(String)
  /// A factor on the number with which an optimizer guards a division.
  case epsilon(EpsilonOwner)
  /// A factor on the radius by which an optimizer perturbs a weight.
  case radius(String)
  /// `1 / (1 - beta^t)` at step t = 1, 2, ...
  case correction(Double)
  /// `t^p` at step t = 1, 2, ...
  case power(Double)
}

/// Which of an optimizer's small numbers is meant: that of a weight, and if it has several which part of the step.
public struct EpsilonOwner: Sendable, Hashable, CustomStringConvertible {
  public var weight: String
  public var part: String

  public init(weight: String, part: String = "") { (self.weight, self.part) = (weight, part) }

  /// `readout`, or `readout norm`.
  public var description: String { part.isEmpty ? weight : "\(weight) \(part)" }
}

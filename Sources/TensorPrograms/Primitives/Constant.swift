import Exact
import Tensors

/// A tensor that a formula gives and nothing trains: positions, rotations, distances.
///
/// The calculus takes its entries to be of size 1 with a mean along every axis. That is an upper bound: where
/// they have none, as a cosine over its full period, sums over them may be smaller than it says.
public struct Constant: Primitive {
  public static let mnemonic = "constant"
  public static let otherNames = ["buffer", "arange", "fixed"]
  public var role: Role { .constant }
  public let formula: Formula
  /// The formula's number, such as the base of its wavelengths.
  public let parameter: Double

  public init(_ formula: Formula, with parameter: Double? = nil) {
    self.formula = formula
    self.parameter = parameter ?? formula.parameter
  }

  public init(reading attributes: AttributeReader) throws {
    let name = try attributes.required("formula")
    guard let found = Formula.all.first(where: { $0.name == name }) else {
      throw attributes.fail(
        "formula", "\"\(name)\" is not one" + ProgramError.suggestion(name, Formula.all.map(\.name)))
    }
    let given = try attributes.numbers("with") ?? []
    guard given.count <= 1, given.allSatisfy(\.isFinite) else { throw attributes.fail("with", "takes one number") }
    self.init(found, with: given.first)
  }

  public var attributes: [Attribute] {
    [Attribute("formula", formula.name)]
      + (parameter == formula.parameter ? [] : [Attribute("with", parameter.shortest)])
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(0, operands)
    let axes = try declaredAxes(declared)
    guard axes.count == formula.axes.count else {
      throw ShapeProblem("\(formula.name) has \(formula.axes.count) axes: \(formula.axes.joined(separator: ", "))")
    }
    for (axis, size) in zip(axes.suffix(formula.lastSizes.count), formula.lastSizes)
    where axis.dimension.size != .fixed(size) {
      throw ShapeProblem("the axis \"\(axis.name)\" of \(formula.name) must be of size \(size)")
    }
    return axes
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] { [] }
  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning { try reading.constant(at: site) }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let (_, shape, _) = try binding.shapes(operands, result)
    var index = [Int](repeating: 0, count: shape.sizes.count)
    let entries = (0..<shape.count).map { _ in
      let value = formula.value(index, shape.sizes, parameter)
      // The next index, row-major.
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape.sizes[axis] { break }
        index[axis] = 0
      }
      return value
    }
    return .kernel(ConstantKernel(entries))
  }
}

extension Recorder {
  /// A tensor that a formula gives.
  public func constant(_ formula: Formula, _ axes: [Axis], with parameter: Double? = nil) -> Value {
    record(Constant(formula, with: parameter), [], axes: axes)
  }
}

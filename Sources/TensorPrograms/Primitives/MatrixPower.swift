public import Exact
import Tensors

/// A power of a symmetric positive semidefinite matrix L, times x: `(L + epsilon lambda_max)^p x`, where lambda_max
/// is L's largest eigenvalue. L has some axes of x as rows, and as many others as columns. Of the zero matrix the power
/// is zero.
///
/// The damping is relative, and epsilon stays as it is while the width grows. So the power is lambda_max^p times one
/// smooth function of L / lambda_max, a limit of polynomials, and a polynomial of a matrix times x is contractions: that
/// is its growth. No derivative: only optimizers use it.
public struct MatrixPower: Primitive {
  public static let mnemonic = "matrixpower"
  public var role: Role { .nonlinear }
  public let over: [Axis]
  public let power: Rational
  public let epsilon: Double

  public init(over: [Axis], power: Rational, epsilon: Double) {
    (self.over, self.power, self.epsilon) = (over, power, epsilon)
  }

  public init(reading attributes: AttributeReader) throws {
    over = try attributes.axes("over")
    let text = try attributes.required("power")
    guard let number = Rational(text) else { throw attributes.fail("power", "\"\(text)\" is not a number") }
    power = number
    epsilon = try attributes.number("epsilon")
    guard epsilon.isFinite, epsilon >= 0 else { throw attributes.fail("epsilon", "must not be negative") }
  }

  public var attributes: [Attribute] {
    [
      Attribute("over", over.map(\.name).joined(separator: ", ")), Attribute("power", power.description),
      Attribute("epsilon", epsilon.shortest),
    ]
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(2, operands)
    if let missing = over.first(where: { !operands[1].contains($0) }) {
      throw ShapeProblem("the second operand has no axis named \"\(missing.name)\"")
    }
    try checkSquare(operands[0], over)
    if let shared = operands[0].dropFirst(over.count).first(where: operands[1].contains) {
      throw ShapeProblem("both operands have the matrix's column \"\(shared.name)\"; rename it in one of them")
    }
    return operands[1]
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    throw ProgramError.notDifferentiable(Self.mnemonic)
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.matrixPower(operands[0], operands[1], power: power, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, target, labels) = try binding.shapes(operands, result)
    return .kernel(
      try MatrixPowerKernel(
        matrix: shapes[0], operand: shapes[1], over: over.map { labels[$0] }, power: power.double, epsilon: epsilon,
        result: target))
  }
}

/// Throws ``ShapeProblem`` unless `matrix` has the axes `rows`, then as many others of their sizes.
func checkSquare(_ matrix: [Axis], _ rows: [Axis]) throws {
  guard matrix.count == 2 * rows.count, Array(matrix.prefix(rows.count)) == rows,
    zip(rows, matrix.suffix(rows.count)).allSatisfy({ $0.dimension.size == $1.dimension.size })
  else {
    throw ShapeProblem(
      "the matrix has axes \(matrix.bracketed), not \(rows.bracketed) and as many others of their sizes")
  }
}

/// `(L + epsilon lambda_max)^p x`: a damped power of the matrix L, whose rows are the axes `over` of x.
package func matrixPower(_ matrix: Value, _ x: Value, over: [Axis], power: Rational, epsilon: Double) -> Value {
  x.recorder.record(MatrixPower(over: over, power: power, epsilon: epsilon), [matrix, x])
}

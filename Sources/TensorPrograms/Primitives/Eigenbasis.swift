import Tensors

/// The eigenvectors of the largest eigenvalues of a symmetric positive semidefinite matrix, largest first, as columns
/// along the result's last axis. An eigenvector is zero where its eigenvalue is at most epsilon times the largest.
///
/// Eigenvectors have length 1, so their entries are of size one over the root of the dimension. With epsilon fixed they
/// are made of what the largest eigenvalues are made of, and enter the rest as `u = L u / lambda`. No derivative: only
/// optimizers use it.
public struct Eigenbasis: Primitive {
  public static let mnemonic = "eigenbasis"
  public var role: Role { .nonlinear }
  public let epsilon: Double

  public init(epsilon: Double) { self.epsilon = epsilon }
  public init(reading attributes: AttributeReader) throws { epsilon = try attributes.number("epsilon") }
  public var attributes: [Attribute] { [Attribute("epsilon", epsilon.shortest)] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let result = try declaredAxes(declared)
    try expect(1, operands)
    guard let count = result.last else { throw ShapeProblem("the result needs an axis that counts eigenvectors") }
    guard count.growth.isZero else {
      throw ShapeProblem("the axis \"\(count.name)\" counts eigenvectors and must not grow")
    }
    try checkSquare(operands[0], Array(result.dropLast()))
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) throws -> [Value?] {
    throw ProgramError.notDifferentiable(Self.mnemonic)
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.eigenvectors(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let (shapes, target, _) = try binding.shapes(operands, result)
    return .kernel(try EigenbasisKernel(matrix: shapes[0], epsilon: epsilon, result: target))
  }
}

/// The leading eigenvectors of a matrix as [rows.., count].
package func eigenbasis(_ matrix: Value, rows: [Axis], count: Axis, epsilon: Double) -> Value {
  matrix.recorder.record(Eigenbasis(epsilon: epsilon), [matrix], axes: rows + [count])
}

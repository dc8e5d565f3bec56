internal import Foundation

/// A power of a symmetric positive semidefinite matrix L, times x: `(L + epsilon lambda_max)^p x`, where lambda_max
/// is the largest eigenvalue of L. Of the zero matrix the power is taken to be zero.
///
/// Operands: L, whose axes are twice as many as those in `over`, rows then columns; x, which has the axes `over` and
/// others. The result has x's axes, in any order. If L is not finite, neither is any entry of the result.
public struct MatrixPowerKernel: Kernel {
  private let n: Int
  private let others: Int
  private let power: Double
  private let epsilon: Double
  private let gather: Copy
  private let scatter: Copy

  /// Throws ``KernelError`` if the matrix is not square in the axes `over`, or the result has not x's axes.
  public init(matrix: Shape, operand: Shape, over: [Label], power: Double, epsilon: Double, result: Shape)
    throws(KernelError)
  {
    try checkSquare(matrix, over: over, of: operand)
    try result.check()
    try result.checkSameAxes(as: operand)
    let inside = operand.selecting(over)
    let outside = operand.selecting(operand.labels.filter { !over.contains($0) })
    n = inside.count
    others = outside.count
    (self.power, self.epsilon) = (power, epsilon)
    let flat = operand.selecting(inside.labels + outside.labels)
    gather = try Copy(operand: operand, result: flat)
    scatter = try Copy(operand: flat, result: result)
  }

  public var workspace: Int { 2 * n * others + Eigenvectors<Double>.workspace(n) }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let matrix = try values(inputs, 0, of: 2)
    let x = try values(inputs, 1, of: 2)
    guard n > 0, others > 0 else { return }
    let flat = try needed(workspace, self.workspace)
    let turned = flat + n * others
    guard let eigen = Eigenvectors(of: matrix, n, scratch: turned + n * others, threads: threads) else {
      return Vector.fill(output, n * others, .nan)
    }
    gather.copy(x, to: flat, threads: threads)
    let largest = Double(eigen.values[n - 1])
    guard largest > 0 else { return Vector.fill(output, n * others, 0) }
    let (eigenvectors, rows) = (Strides(n, 1), Strides(others, 1))
    Vector.product(
      m: n, n: others, k: n, eigen.rows, eigenvectors, flat, rows, turned, others, adds: false, threads: threads)
    for k in 0..<n {
      let factor = pow(Double(eigen.values[k]) + epsilon * largest, power)
      Vector.scale(turned + k * others, turned + k * others, others, factor, 0)
    }
    Vector.product(
      m: n, n: others, k: n, eigen.rows, eigenvectors.flipped, turned, rows, flat, others, adds: false,
      threads: threads)
    scatter.copy(flat, to: output, threads: threads)
  }
}

/// Whether a shape is a square matrix: the axes `over` of `operand`, then as many others of the same sizes.
func checkSquare(_ matrix: Shape, over: [Label], of operand: Shape) throws(KernelError) {
  try matrix.check()
  try operand.check()
  for label in over where !operand.contains(label) { throw .unknownLabel(label) }
  guard matrix.labels.count == 2 * over.count, Array(matrix.labels.prefix(over.count)) == over else {
    throw .malformed(labels: matrix.labels, sizes: matrix.sizes)
  }
  try matrix.selecting(over).checkSubset(of: operand)
  for (i, label) in over.enumerated() where matrix.sizes[i] != matrix.sizes[over.count + i] {
    throw .sizeMismatch(label: label, matrix.sizes[i], matrix.sizes[over.count + i])
  }
}

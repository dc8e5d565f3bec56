/// The eigenvectors of the largest eigenvalues of a symmetric positive semidefinite matrix, largest first, each of
/// length 1 with its entry of largest magnitude positive.
///
/// Operand: a matrix, rows then columns. Result: its rows, then one axis that counts eigenvectors. Columns beyond
/// the matrix's size, or with an eigenvalue of at most `epsilon` times the largest, are zero. If the matrix is not
/// finite, neither is any entry of the result.
public struct EigenbasisKernel: Kernel {
  private let n: Int
  private let count: Int
  private let epsilon: Double

  /// Throws ``KernelError`` if the matrix is not square, or the result does not have its rows and one more axis.
  public init(matrix: Shape, epsilon: Double, result: Shape) throws(KernelError) {
    try result.check()
    let over = Array(result.labels.dropLast())
    try checkSquare(matrix, over: over, of: result)
    n = matrix.selecting(over).count
    count = result.sizes.last ?? 1
    self.epsilon = epsilon
  }

  public var workspace: Int { Eigenvectors<Double>.workspace(n) }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let matrix = try values(inputs, 0, of: 1)
    guard n > 0, count > 0 else { return }
    guard let eigen = Eigenvectors(of: matrix, n, scratch: try needed(workspace, self.workspace), threads: threads)
    else { return Vector.fill(output, n * count, .nan) }
    let least = epsilon * Double(eigen.values[n - 1])
    for k in 0..<count {
      let from = n - 1 - k
      if from >= 0, Double(eigen.values[from]) > least {
        Vector.copy(eigen.rows + from * n, 1, output + k, count, n)
      } else {
        for i in 0..<n { output[i * count + k] = 0 }
      }
    }
  }
}

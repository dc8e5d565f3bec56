/// Kernels of a network on examples: symmetric matrices, row-major.
public struct Kernels: Sendable {
  /// How many examples.
  public let examples: Int
  /// The rows of the matrices: the examples, or each one's positions one after the other.
  public let rows: Int
  /// The covariance of an output at two rows.
  public let nngp: [Double]
  /// The tangent kernel, if it was asked for.
  public let ntk: [Double]?
}

/// Where blocks of kernels are put, by several threads at once: each entry by one of them.
final class KernelStore: @unchecked Sendable {
  private let side: Int
  private let matrices: [UnsafeMutableBufferPointer<Double>]

  init(side: Int, hasTangent: Bool) {
    self.side = side
    matrices = (0..<(hasTangent ? 2 : 1)).map { _ in
      let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: side * side)
      memory.initialize(repeating: 0)
      return memory
    }
  }

  deinit { for matrix in matrices { matrix.deallocate() } }

  /// Puts a block, and its mirror image, in its place.
  func place(
    _ grid: Grid, _ rows: [Label], _ columns: [Label], _ origin: (Int, Int), _ extents: Extents, isTangent: Bool
  ) {
    let matrix = matrices[isTangent ? 1 : 0]
    let strides = grid.strides(along: rows + columns)
    let width = columns.reduce(1) { $0 * extents[$1] }
    var i = 0
    forEachIndex((rows + columns).map { extents[$0] }, [strides]) { offsets in
      let (r, c) = (origin.0 + i / width, origin.1 + i % width)
      let value = grid.values[offsets[0]]
      matrix[r * side + c] = value
      matrix[c * side + r] = value
      i += 1
    }
  }

  func kernels(examples: Int) -> Kernels {
    Kernels(
      examples: examples, rows: side, nngp: Array(matrices[0]), ntk: matrices.count > 1 ? Array(matrices[1]) : nil)
  }
}

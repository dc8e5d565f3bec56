internal import CVectorMath

/// How far apart the rows of a matrix are, and its columns.
struct Strides {
  var rows: Int, columns: Int

  init(_ rows: Int, _ columns: Int) { (self.rows, self.columns) = (rows, columns) }

  /// Those of the transpose.
  var flipped: Strides { Strides(columns, rows) }
}

extension Vector {
  /// C = A B, m x n x k, or C + A B. C's rows are contiguous, `ldc` apart.
  ///
  /// The longer side of C is cut into a piece for each thread.
  @inline(__always)
  static func product(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ aStrides: Strides, _ b: Source<T>, _ bStrides: Strides,
    _ c: Target<T>, _ ldc: Int, adds: Bool, threads: Int
  ) {
    let isTall = m >= n
    let (side, step) = isTall ? (m, 12) : (n, 32)
    parallel((side + step - 1) / step, grain: 2, threads: m * n * k < 1 << 17 ? 1 : threads) { range in
      let part = range.lowerBound * step..<min(side, range.upperBound * step)
      if isTall {
        piece(
          m: part.count, n: n, k: k, a + part.lowerBound * aStrides.rows, aStrides, b, bStrides,
          c + part.lowerBound * ldc, ldc, adds)
      } else {
        piece(
          m: m, n: part.count, k: k, a, aStrides, b + part.lowerBound * bStrides.columns, bStrides,
          c + part.lowerBound, ldc, adds)
      }
    }
  }

  @inline(__always)
  private static func piece(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ aStrides: Strides, _ b: Source<T>, _ bStrides: Strides,
    _ c: Target<T>, _ ldc: Int, _ adds: Bool
  ) {
    let isDone =
      isFloat
      ? vm_product_f32(
        m, n, k, f(a), aStrides.rows, aStrides.columns, f(b), bStrides.rows, bStrides.columns, f(c), ldc, adds ? 1 : 0)
      : vm_product_f64(
        m, n, k, d(a), aStrides.rows, aStrides.columns, d(b), bStrides.rows, bStrides.columns, d(c), ldc, adds ? 1 : 0)
    guard isDone == 0 else { return }
    // No memory to pack operands in.
    for i in 0..<m {
      for j in 0..<n {
        var sum: T = 0
        for p in 0..<k {
          sum += a[i * aStrides.rows + p * aStrides.columns] * b[p * bStrides.rows + j * bStrides.columns]
        }
        c[i * ldc + j] = adds ? c[i * ldc + j] + sum : sum
      }
    }
  }
}

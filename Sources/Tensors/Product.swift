internal import CVectorMath

/// How far apart the rows of a matrix are, and its columns.
struct Strides {
  var rows: Int, columns: Int

  init(_ rows: Int, _ columns: Int) { (self.rows, self.columns) = (rows, columns) }

  /// The strides of the transpose.
  var flipped: Strides { Strides(columns, rows) }
}

extension Vector {
  /// C = A B, m x n x k, or C + A B. C's rows are contiguous, `ldc` apart.
  ///
  /// The longer side of C is cut into a piece for each thread; a large C into several, by both sides, as each piece
  /// packs its part of the operands anew.
  @inline(__always)
  static func product(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ aStrides: Strides, _ b: Source<T>, _ bStrides: Strides,
    _ c: Target<T>, _ ldc: Int, adds: Bool, threads: Int
  ) {
    let work = m * n * k
    let isTall = m >= n
    var (down, across) = isTall ? (threads, 1) : (1, threads)
    if work < 1 << 17 { (down, across) = (1, 1) }
    for _ in 0..<2 where threads > 1 && work / (down * across) >= 1 << 24 {
      if n / across > m / down { across *= 2 } else { down *= 2 }
    }
    let (rows, columns) = ((m + down * 12 - 1) / (down * 12) * 12, (n + across * 32 - 1) / (across * 32) * 32)
    (down, across) = ((m + rows - 1) / rows, (n + columns - 1) / columns)
    // Pieces of the same rows, or columns, follow one another within a thread's share.
    parallel(down * across, grain: 1, threads: threads) { range in
      for index in range {
        let (i, j) =
          isTall ? (index / across * rows, index % across * columns) : (index % down * rows, index / down * columns)
        piece(
          m: min(rows, m - i), n: min(columns, n - j), k: k, a + i * aStrides.rows, aStrides,
          b + j * bStrides.columns, bStrides, c + i * ldc + j, ldc, adds)
      }
    }
  }

  /// C = A B without the entries that are left out, on the calling thread; false if memory is refused.
  @inline(__always)
  static func triangle(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ aStrides: Strides, _ b: Source<T>, _ bStrides: Strides,
    _ c: Target<T>, _ ldc: Int, skip: Int32
  ) -> Bool {
    let isDone =
      isFloat
      ? vm_product_triangle_f32(
        m, n, k, f(a), aStrides.rows, aStrides.columns, f(b), bStrides.rows, bStrides.columns, f(c), ldc, skip)
      : vm_product_triangle_f64(
        m, n, k, d(a), aStrides.rows, aStrides.columns, d(b), bStrides.rows, bStrides.columns, d(c), ldc, skip)
    return isDone != 0
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

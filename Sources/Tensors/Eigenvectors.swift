internal import COpenBLAS

/// The eigendecomposition of a symmetric matrix, by LAPACK's divide and conquer (syevd).
struct Eigenvectors<T: Element> {
  /// The eigenvalues, ascending. Those that rounding made negative are 0.
  let values: UnsafeMutablePointer<T>
  /// Row k is the eigenvector of value k, of length 1; its entry of largest magnitude is positive.
  let rows: UnsafeMutablePointer<T>

  /// Scratch scalars that an n x n matrix needs.
  static func workspace(_ n: Int) -> Int { n * n + n + lapack(n) + wholes(n) }
  private static func lapack(_ n: Int) -> Int { 1 + 6 * n + 2 * n * n }
  /// The whole numbers that LAPACK needs, each in the room of a scalar.
  private static func wholes(_ n: Int) -> Int { 3 + 5 * n }

  /// Nil if the matrix has an entry that is not finite, or if LAPACK does not converge. The symmetric part is taken.
  init?(of matrix: Source<T>, _ n: Int, scratch: Target<T>, threads: Int) {
    rows = scratch
    values = scratch + n * n
    for i in 0..<n {
      for j in 0...i {
        let entry = (matrix[i * n + j] + matrix[j * n + i]) / 2
        guard entry.isFinite else { return nil }
        rows[i * n + j] = entry
        rows[j * n + i] = entry
      }
    }
    guard Self.decompose(rows, values, work: values + n, n, threads: n < 64 ? 1 : threads) else { return nil }
    for k in 0..<n {
      values[k] = max(values[k], 0)
      let row = rows + k * n
      var largest = 0
      for i in 1..<max(n, 1) where abs(row[i]) > abs(row[largest]) { largest = i }
      if row[largest] < 0 { for i in 0..<n { row[i] = -row[i] } }
    }
  }

  /// Writes the eigenvectors over the matrix; false if LAPACK does not converge.
  private static func decompose(
    _ matrix: Target<T>, _ values: Target<T>, work: Target<T>, _ n: Int, threads: Int
  ) -> Bool {
    var size = Int32(n)
    var (wanted, wholes) = (Int32(lapack(n)), Int32(wholes(n)))
    var info: Int32 = 0
    (work + lapack(n)).withMemoryRebound(to: Int32.self, capacity: Int(wholes)) { whole in
      BLAS.with(threads: threads) {
        if T.self == Float.self {
          ssyevd_("V", "U", &size, f(matrix), &size, f(values), f(work), &wanted, whole, &wholes, &info, 1, 1)
        } else {
          dsyevd_("V", "U", &size, d(matrix), &size, d(values), d(work), &wanted, whole, &wholes, &info, 1, 1)
        }
      }
    }
    return info == 0
  }
}

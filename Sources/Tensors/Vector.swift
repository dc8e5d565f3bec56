internal import COpenBLAS
internal import CVectorMath

@inline(__always)
func f<T>(_ p: Source<T>) -> Source<Float> { UnsafeRawPointer(p).assumingMemoryBound(to: Float.self) }
@inline(__always)
func f<T>(_ p: Target<T>) -> Target<Float> { UnsafeMutableRawPointer(p).assumingMemoryBound(to: Float.self) }
@inline(__always)
func d<T>(_ p: Source<T>) -> Source<Double> { UnsafeRawPointer(p).assumingMemoryBound(to: Double.self) }
@inline(__always)
func d<T>(_ p: Target<T>) -> Target<Double> { UnsafeMutableRawPointer(p).assumingMemoryBound(to: Double.self) }

/// The loops in C, by the type of scalar. In code specialized for a type the choice is made at compile time.
enum Vector<T: Element> {
  @inline(__always) static var isFloat: Bool { T.self == Float.self }

  static func fill(_ y: Target<T>, _ n: Int, _ value: Double) {
    if isFloat { vm_fill_f32(f(y), n, Float(value)) } else { vm_fill_f64(d(y), n, value) }
  }
  static func scale(_ x: Source<T>, _ y: Target<T>, _ n: Int, _ c: Double, _ o: Double) {
    if isFloat { vm_scale_f32(f(x), f(y), n, c, o) } else { vm_scale_f64(d(x), d(y), n, c, o) }
  }
  static func copy(_ x: Source<T>, _ xstride: Int, _ y: Target<T>, _ ystride: Int, _ n: Int) {
    if isFloat {
      vm_copy_strided_f32(f(x), xstride, f(y), ystride, n)
    } else {
      vm_copy_strided_f64(d(x), xstride, d(y), ystride, n)
    }
  }
  static func add(_ x: Source<T>, _ xstride: Int, _ y: Target<T>, _ ystride: Int, _ n: Int) {
    if isFloat {
      vm_add_strided_f32(f(x), xstride, f(y), ystride, n)
    } else {
      vm_add_strided_f64(d(x), xstride, d(y), ystride, n)
    }
  }
  static func transpose(_ x: Source<T>, _ xstride: Int, _ y: Target<T>, _ ystride: Int, _ rows: Int, _ columns: Int) {
    if isFloat {
      vm_transpose_f32(f(x), xstride, f(y), ystride, rows, columns)
    } else {
      vm_transpose_f64(d(x), xstride, d(y), ystride, rows, columns)
    }
  }
  static func gaussian(
    _ y: Target<T>, _ first: UInt64, _ n: Int, _ seed: UInt64, _ stream: UInt64, _ deviation: Double, _ mean: Double
  ) {
    if isFloat {
      vm_gaussian_f32(f(y), first, n, seed, stream, deviation, mean)
    } else {
      vm_gaussian_f64(d(y), first, n, seed, stream, deviation, mean)
    }
  }
}

/// Reductions.
extension Vector {
  static func sum(_ x: Source<T>, _ n: Int) -> Double { isFloat ? vm_sum_f32(f(x), n) : vm_sum_f64(d(x), n) }
  static func max(_ x: Source<T>, _ n: Int) -> Double { isFloat ? Double(vm_max_f32(f(x), n)) : vm_max_f64(d(x), n) }
  static func dot(_ x: Source<T>, _ y: Source<T>, _ n: Int) -> Double {
    isFloat ? vm_dot_f32(f(x), f(y), n) : vm_dot_f64(d(x), d(y), n)
  }
  static func sumColumns(_ x: Source<T>, _ stride: Int, _ rows: Int, _ n: Int, _ sums: Target<Double>) {
    if isFloat {
      vm_sum_columns_f32(f(x), stride, rows, n, sums)
    } else {
      vm_sum_columns_f64(d(x), stride, rows, n, sums)
    }
  }
  static func maxColumns(_ x: Source<T>, _ stride: Int, _ rows: Int, _ n: Int, _ maxima: Target<Double>) {
    if isFloat {
      vm_max_columns_f32(f(x), stride, rows, n, maxima)
    } else {
      vm_max_columns_f64(d(x), stride, rows, n, maxima)
    }
  }
  static func dotColumns(
    _ x: Source<T>, _ xstride: Int, _ y: Source<T>, _ ystride: Int, _ rows: Int, _ n: Int, _ sums: Target<Double>
  ) {
    if isFloat {
      vm_dot_columns_f32(f(x), xstride, f(y), ystride, rows, n, sums)
    } else {
      vm_dot_columns_f64(d(x), xstride, d(y), ystride, rows, n, sums)
    }
  }
  static func softmax(_ x: Source<T>, _ y: Target<T>, rows: Int, _ n: Int) {
    if isFloat { vm_softmax_rows_f32(f(x), f(y), rows, n) } else { vm_softmax_rows_f64(d(x), d(y), rows, n) }
  }
  static func logSumExp(_ x: Source<T>, _ n: Int) -> Double {
    isFloat ? vm_log_sum_exp_f32(f(x), n) : vm_log_sum_exp_f64(d(x), n)
  }
  static func sumAbsolute(_ x: Source<T>, _ n: Int) -> Double {
    isFloat ? vm_sum_absolute_f32(f(x), n) : vm_sum_absolute_f64(d(x), n)
  }
  static func sumSquares(_ x: Source<T>, _ n: Int) -> Double {
    isFloat ? vm_sum_squares_f32(f(x), n) : vm_sum_squares_f64(d(x), n)
  }
  static func sumAbsoluteDifference(_ x: Source<T>, _ y: Source<T>, _ n: Int) -> Double {
    isFloat ? vm_sum_absolute_difference_f32(f(x), f(y), n) : vm_sum_absolute_difference_f64(d(x), d(y), n)
  }
  static func firstNonFinite(_ x: Source<T>, _ n: Int) -> Int {
    isFloat ? vm_first_non_finite_f32(f(x), n) : vm_first_non_finite_f64(d(x), n)
  }
}

/// The product of a matrix, row-major, and a vector: y = A x + beta y.
extension Vector {
  /// `rows` and `columns` are those of A as it lies. What was in y does not matter if beta is 0, not even NaN.
  static func gemv(
    _ a: Source<T>, _ lda: Int, transposed: Bool, rows: Int, columns: Int, _ x: Source<T>, _ incx: Int, _ y: Target<T>,
    _ incy: Int, beta: Double
  ) {
    let ta = transposed ? CblasTrans : CblasNoTrans
    let (m, n, l) = (blasint(rows), blasint(columns), blasint(lda))
    let (i, j) = (blasint(incx), blasint(incy))
    if beta == 0 { for entry in 0..<(transposed ? columns : rows) { y[entry * incy] = 0 } }
    BLAS.with(threads: 1) {
      if isFloat {
        cblas_sgemv(CblasRowMajor, ta, m, n, 1, f(a), l, f(x), i, 1, f(y), j)
      } else {
        cblas_dgemv(CblasRowMajor, ta, m, n, 1, d(a), l, d(x), i, 1, d(y), j)
      }
    }
  }
}

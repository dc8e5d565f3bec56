import Foundation

/// A function of two variables, applied entry by entry. The result may be the same memory as an operand.
public enum PairFunction: Sendable, Hashable {
  /// The larger one; not a number if one of them is not.
  case maximum
  /// The angle of the point (second, first): atan2(first, second).
  case angle

  /// z[i] = f(x[i xstride], y[i ystride]) for i < count; a stride of 0 repeats a number.
  @inline(__always)
  func apply<T: Element>(
    _ x: UnsafePointer<T>, _ xstride: Int, _ y: UnsafePointer<T>, _ ystride: Int, _ z: UnsafeMutablePointer<T>,
    count: Int
  ) {
    switch self {
    case .maximum:
      for i in 0..<count {
        let (a, b) = (x[i * xstride], y[i * ystride])
        z[i] = a > b || a != a ? a : b
      }
    case .angle:
      for i in 0..<count { z[i] = T(atan2(Double(x[i * xstride]), Double(y[i * ystride]))) }
    }
  }
}

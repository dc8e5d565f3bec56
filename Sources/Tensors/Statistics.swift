/// Sizes of the entries of a tensor, with sums kept in Double. Of no entries they are 0.
public enum Statistics {
  /// The mean of |x|: the coordinate size of a coordinate check.
  public static func meanAbsolute<T: Element>(_ x: UnsafeBufferPointer<T>) -> Double {
    mean(x) { Vector.sumAbsolute($0, $1) }
  }

  /// The square root of the mean of x^2.
  public static func rootMeanSquare<T: Element>(_ x: UnsafeBufferPointer<T>) -> Double {
    mean(x) { Vector.sumSquares($0, $1) }.squareRoot()
  }

  /// The mean of |a - b|. Both must have the same number of entries.
  public static func meanAbsoluteDifference<T: Element>(
    _ a: UnsafeBufferPointer<T>, _ b: UnsafeBufferPointer<T>
  ) -> Double {
    precondition(a.count == b.count, "\(a.count) entries beside \(b.count)")
    guard let other = b.baseAddress else { return 0 }
    return mean(a) { Vector.sumAbsoluteDifference($0, other, $1) }
  }

  /// The position of the first entry that is infinite or not a number.
  public static func firstNonFinite<T: Element>(_ x: UnsafeBufferPointer<T>) -> Int? {
    guard let start = x.baseAddress else { return nil }
    let position = Vector.firstNonFinite(start, x.count)
    return position < 0 ? nil : position
  }

  private static func mean<T: Element>(
    _ x: UnsafeBufferPointer<T>, _ sum: (UnsafePointer<T>, Int) -> Double
  ) -> Double {
    guard let start = x.baseAddress, x.count > 0 else { return 0 }
    return sum(start, x.count) / Double(x.count)
  }
}

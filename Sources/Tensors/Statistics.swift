/// Sizes of the entries of a tensor, with sums kept in Double. Of no entries they are 0.
public enum Statistics {
  /// The square root of the mean of x^2.
  public static func rootMeanSquare<T: Element>(_ x: UnsafeBufferPointer<T>) -> Double {
    mean(x) { Vector.sumSquares($0, $1) }.squareRoot()
  }

  /// The means of |a| and of |a - b|, in one pass. Both must have the same number of entries; the bits do not depend on
  /// the number of threads.
  public static func meanAbsoluteAndDifference<T: Element>(
    _ a: UnsafeBufferPointer<T>, _ b: UnsafeBufferPointer<T>, threads: Int = 1
  ) -> (size: Double, difference: Double) {
    precondition(a.count == b.count, "\(a.count) entries beside \(b.count)")
    guard let x = a.baseAddress, let y = b.baseAddress, a.count > 0 else { return (0, 0) }
    let count = a.count
    // Blocks that stay in the nearest cache between the two sums.
    let block = 4096
    let number = (count + block - 1) / block
    let sums = UnsafeMutablePointer<SIMD2<Double>>.allocate(capacity: number)
    defer { sums.deallocate() }
    parallel(number, grain: 16, threads: threads) { range in
      for i in range {
        let (start, length) = (i * block, min(block, count - i * block))
        (sums + i).initialize(
          to: SIMD2(Vector.sumAbsolute(x + start, length), Vector.sumAbsoluteDifference(x + start, y + start, length)))
      }
    }
    var sum = SIMD2<Double>(0, 0)
    for i in 0..<number { sum += sums[i] }
    return (sum.x / Double(count), sum.y / Double(count))
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

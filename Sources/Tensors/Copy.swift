/// Entries in another order of axes, and repeated along axes that only the result has.
///
/// Operand: `operand`. Result: `result`, which has all of the operand's axes.
public struct Copy: Kernel {
  private let space: Space
  /// All loops except the innermost and the crossing one.
  private let outer: Space
  /// The loop along which the operand is contiguous, if that is not the result's innermost.
  private let crossing: Int?

  /// Throws ``KernelError`` if the operand has an axis, or a size, that the result has not.
  public init(operand: Shape, result: Shape) throws(KernelError) {
    try operand.check()
    try result.check()
    try operand.checkSubset(of: result)
    let space = Space(result.labels, sizes: result.sizes, arrays: [operand, result]).collapsed()
    self.space = space
    let source = space.strides[0]
    let last = space.rank - 1
    let crossing =
      last < 1 || source[last] <= 1 ? nil : source.indices.dropLast().last { source[$0] == 1 && space.sizes[$0] >= 4 }
    self.crossing = crossing
    outer = space.selecting(space.sizes.indices.filter { $0 != last && $0 != crossing })
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    copy(try values(inputs, 0, of: 1), to: output, threads: threads)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func copy<T: Element>(_ x: Source<T>, to y: Target<T>, threads: Int) {
    guard space.count > 0 else { return }
    guard let last = space.sizes.indices.last else {
      y.pointee = x.pointee
      return
    }
    let columns = space.sizes[last]
    let step = space.strides[0][last]
    let rows = crossing.map { space.sizes[$0] } ?? 1
    if outer.count == 1, crossing == nil {
      parallel(columns, grain: 16384, threads: threads) { range in
        Vector.copy(x + range.lowerBound * step, step, y + range.lowerBound, 1, range.count)
      }
      return
    }
    let leading = crossing.map { space.strides[1][$0] } ?? 0
    parallel(outer.count, grain: max(1, 16384 / (rows * columns)), threads: threads) { range in
      var walk = Walk(outer, at: range.lowerBound)
      for _ in range {
        let from = x + walk.offset[0]
        let to = y + walk.offset[1]
        if crossing != nil {
          Vector.transpose(from, step, to, leading, rows, columns)
        } else {
          Vector.copy(from, step, to, 1, columns)
        }
        walk.advance()
      }
    }
  }
}

internal import CVectorMath

/// The common core of reductions and of products that are summed entry by entry: for each kept index, the sum or the
/// maximum over the other indices of one array, or the sum of the products of two. Sums are kept in Double.
struct Accumulation: Sendable {
  enum Operation: Sendable { case sum, max, dot }
  let operation: Operation
  /// Arrays: the operands (the second repeats the first unless there are two), then the result.
  private let kept: Space
  private let summed: Space
  /// Without its innermost loop.
  private let outerSummed: Space
  /// The innermost loop, along which the operands are contiguous: kept or summed.
  private let innerCount: Int
  private let innerIsSummed: Bool
  private let innerStride: Int
  /// From row to row of the operands.
  private let strides: (Int, Int)

  /// The first operand gives the order of the loops; the second must be contiguous along the first's innermost axis.
  init(_ operation: Operation, _ a: Shape, _ b: Shape, result: Shape) {
    self.operation = operation
    let space = Space(a.labels, sizes: a.sizes, arrays: [a, b, result]).collapsed()
    let isSummed = space.sizes.indices.map { space.strides[2][$0] == 0 }
    let last = space.rank - 1
    innerCount = last < 0 ? 1 : space.sizes[last]
    innerIsSummed = last < 0 || isSummed[last]
    innerStride = last < 0 ? 0 : space.strides[2][last]
    kept = space.selecting(space.sizes.indices.filter { !isSummed[$0] && $0 != last })
    let summed = space.selecting(space.sizes.indices.filter { isSummed[$0] && $0 != last })
    self.summed = summed
    strides = (summed.strides[0].last ?? 0, summed.strides[1].last ?? 0)
    outerSummed = summed.rank == 0 ? summed : summed.dropping(summed.rank - 1)
  }

  private var start: Double { operation == .max ? -.infinity : 0 }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func run<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int) {
    guard innerIsSummed else { return runColumns(a, b, into: y, threads: threads) }
    let work = max(1, innerCount * summed.count)
    if kept.count == 1, summed.count == 1, innerCount > 1 << 17 { return runLong(a, b, into: y, threads: threads) }
    parallel(kept.count, grain: max(1, 16384 / work), threads: threads) { range in
      var outer = Walk(kept, at: range.lowerBound)
      for _ in range {
        var total = start
        if summed.rank == 0 {
          total = row(a + outer.offset[0], b + outer.offset[1], innerCount)
        } else {
          var inner = Walk(summed)
          for _ in 0..<summed.count {
            let part = row(a + outer.offset[0] + inner.offset[0], b + outer.offset[1] + inner.offset[1], innerCount)
            total = operation == .max ? max(total, part) : total + part
            inner.advance()
          }
        }
        y[outer.offset[2]] = T(total)
        outer.advance()
      }
    }
  }

  @inline(__always)
  private func row<T: Element>(_ a: Source<T>, _ b: Source<T>, _ count: Int) -> Double {
    switch operation {
    case .sum: Vector.sum(a, count)
    case .max: Vector.max(a, count)
    case .dot: Vector.dot(a, b, count)
    }
  }

  /// One long row: pieces of fixed size, so that the result does not depend on the number of threads.
  private func runLong<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int) {
    let piece = 1 << 16
    let pieces = (innerCount + piece - 1) / piece
    // This thread's scratch: its pieces use none.
    let parts = vm_scratch(pieces * MemoryLayout<Double>.stride).assumingMemoryBound(to: Double.self)
    parallel(pieces, grain: 2, threads: threads) { range in
      for i in range { parts[i] = row(a + i * piece, b + i * piece, min(piece, innerCount - i * piece)) }
    }
    var total = start
    for i in 0..<pieces { total = operation == .max ? max(total, parts[i]) : total + parts[i] }
    y.pointee = T(total)
  }

  /// The innermost loop is kept: running sums for up to 256 columns at a time. The rows of few columns are summed in
  /// pieces of a size that does not depend on the number of threads.
  private func runColumns<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int) {
    let width = min(innerCount, 256)
    guard width > 0 else { return }
    let chunks = (innerCount + width - 1) / width
    let rows = summed.sizes.last ?? 1
    let piece = max(8192 / width, (rows + 255) / 256)
    let isSplit = kept.count * chunks < 8 && outerSummed.count == 1 && rows >= 2 * piece
    let pieces = isSplit ? (rows + piece - 1) / piece : 1
    let work = max(1, width * summed.count / pieces)
    // This thread's scratch if the rows are split, else that of each.
    let bytes = width * MemoryLayout<Double>.stride
    let parts = isSplit ? vm_scratch(kept.count * chunks * pieces * bytes).assumingMemoryBound(to: Double.self) : nil
    parallel(kept.count * chunks * pieces, grain: max(1, 16384 / work), threads: threads) { range in
      let own = parts ?? vm_scratch(bytes).assumingMemoryBound(to: Double.self)
      for task in range {
        let totals = isSplit ? own + task * width : own
        let column = task / pieces
        let (offset, first) = (Walk(kept, at: column / chunks).offset, column % chunks * width)
        let count = min(width, innerCount - first)
        let start = task % pieces * piece
        let taken = isSplit ? min(piece, rows - start) : rows
        for j in 0..<count { totals[j] = self.start }
        var inner = Walk(outerSummed)
        for _ in 0..<outerSummed.count {
          let x = a + (offset[0] + inner.offset[0] + first + start * strides.0)
          let z = b + (offset[1] + inner.offset[1] + first + start * strides.1)
          switch operation {
          case .sum: Vector.sumColumns(x, strides.0, taken, count, totals)
          case .max: Vector.maxColumns(x, strides.0, taken, count, totals)
          case .dot: Vector.dotColumns(x, strides.0, z, strides.1, taken, count, totals)
          }
          inner.advance()
        }
        if !isSplit { store(totals, count, y + (offset[2] + first * innerStride)) }
      }
    }
    guard let parts else { return }
    for column in 0..<kept.count * chunks {
      let first = column % chunks * width
      let totals = parts + column * pieces * width
      let count = min(width, innerCount - first)
      for i in 1..<pieces {
        let part = totals + i * width
        for j in 0..<count { totals[j] = operation == .max ? max(totals[j], part[j]) : totals[j] + part[j] }
      }
      store(totals, count, y + (Walk(kept, at: column / chunks).offset[2] + first * innerStride))
    }
  }

  @inline(__always)
  private func store<T: Element>(_ totals: Target<Double>, _ count: Int, _ y: Target<T>) {
    for j in 0..<count { y[j * innerStride] = T(totals[j]) }
  }
}

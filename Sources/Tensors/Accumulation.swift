/// The common core of reductions and of products that are summed entry by entry: for each kept index, the sum or the
/// maximum over the other indices of one array, or the sum of the products of two. Sums are kept in Double.
struct Accumulation: Sendable {
  enum Operation: Sendable { case sum, max, dot }
  let operation: Operation
  /// The kept indices. Arrays: the operands (the second repeats the first unless there are two), then the result.
  private let kept: Space
  private let summed: Space
  /// The summed indices, without the innermost loop.
  private let outerSummed: Space
  /// The innermost loop, along which the operands are contiguous: kept or summed.
  private let innerCount: Int
  private let innerIsSummed: Bool
  private let innerStride: Int
  /// The distances of neighbouring rows of the operands.
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
  func run<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int) throws(KernelError) {
    guard innerIsSummed else { return try runColumns(a, b, into: y, threads: threads) }
    let work = max(1, innerCount * summed.count)
    if kept.count == 1, summed.count == 1, innerCount > 1 << 17 {
      return try runLong(a, b, into: y, threads: threads)
    }
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
  private func runLong<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int) throws(KernelError)
  {
    let piece = 1 << 16
    let pieces = (innerCount + piece - 1) / piece
    try withScratch(Double.self, count: pieces) { parts in
      parallel(pieces, grain: 2, threads: threads) { range in
        for i in range { parts[i] = row(a + i * piece, b + i * piece, min(piece, innerCount - i * piece)) }
      }
      var total = start
      for i in 0..<pieces { total = operation == .max ? max(total, parts[i]) : total + parts[i] }
      y.pointee = T(total)
    }
  }

  /// For a kept innermost loop: running sums for up to 256 columns at a time.
  private func runColumns<T: Element>(_ a: Source<T>, _ b: Source<T>, into y: Target<T>, threads: Int)
    throws(KernelError)
  {
    let width = min(innerCount, 256)
    guard width > 0 else { return }
    let chunks = (innerCount + width - 1) / width
    let rows = summed.sizes.last ?? 1
    let piece = max(8192 / width, (rows + 255) / 256)
    if kept.count * chunks < 8, outerSummed.count == 1, rows >= 2 * piece {
      return try runSplitColumns(a, b, into: y, chunks: chunks, width: width, piece: piece, threads: threads)
    }
    try parallel(
      kept.count * chunks, grain: max(1, 16384 / max(1, width * summed.count)), threads: threads,
      scratch: width * MemoryLayout<Double>.stride
    ) { range, memory in
      let totals = memory.assumingMemoryBound(to: Double.self)
      for chunk in range {
        let first = chunk % chunks * width
        let (offset, count) = (Walk(kept, at: chunk / chunks).offset, min(width, innerCount - first))
        columns(a + (offset[0] + first), b + (offset[1] + first), rows, count, totals)
        store(totals, count, y + (offset[2] + first * innerStride))
      }
      return true
    }
  }

  /// The rows of few columns are summed in pieces of a size that does not depend on the number of threads.
  private func runSplitColumns<T: Element>(
    _ a: Source<T>, _ b: Source<T>, into y: Target<T>, chunks: Int, width: Int, piece: Int, threads: Int
  ) throws(KernelError) {
    let rows = summed.sizes.last ?? 1
    let pieces = (rows + piece - 1) / piece
    let work = max(1, width * summed.count / pieces)
    try withScratch(Double.self, count: kept.count * chunks * pieces * width) { parts in
      parallel(kept.count * chunks * pieces, grain: max(1, 16384 / work), threads: threads) { range in
        for task in range {
          let chunk = task / pieces
          let (offset, first) = (Walk(kept, at: chunk / chunks).offset, chunk % chunks * width)
          let (count, start) = (min(width, innerCount - first), task % pieces * piece)
          columns(
            a + (offset[0] + first + start * strides.0), b + (offset[1] + first + start * strides.1),
            min(piece, rows - start), count, parts + task * width)
        }
      }
      for chunk in 0..<kept.count * chunks {
        let first = chunk % chunks * width
        let totals = parts + chunk * pieces * width
        let count = min(width, innerCount - first)
        for i in 1..<pieces {
          let part = totals + i * width
          for j in 0..<count { totals[j] = operation == .max ? max(totals[j], part[j]) : totals[j] + part[j] }
        }
        store(totals, count, y + (Walk(kept, at: chunk / chunks).offset[2] + first * innerStride))
      }
    }
  }

  /// The sums, or maxima, of `rows` rows from an address on and at each point of the outer loops.
  @inline(__always)
  private func columns<T: Element>(
    _ a: Source<T>, _ b: Source<T>, _ rows: Int, _ count: Int, _ totals: Target<Double>
  ) {
    for j in 0..<count { totals[j] = start }
    var inner = Walk(outerSummed)
    for _ in 0..<outerSummed.count {
      let (x, z) = (a + inner.offset[0], b + inner.offset[1])
      switch operation {
      case .sum: Vector.sumColumns(x, strides.0, rows, count, totals)
      case .max: Vector.maxColumns(x, strides.0, rows, count, totals)
      case .dot: Vector.dotColumns(x, strides.0, z, strides.1, rows, count, totals)
      }
      inner.advance()
    }
  }

  @inline(__always)
  private func store<T: Element>(_ totals: Target<Double>, _ count: Int, _ y: Target<T>) {
    for j in 0..<count { y[j * innerStride] = T(totals[j]) }
  }
}

internal import CVectorMath

/// The entries of a tensor whose key is greater than their query: they are zero, or not needed.
struct Triangle: Sendable {
  /// The operand that has them; nil for the result.
  var operand: Int?
  var query: Label, key: Label
}

/// Matrix products C = A B that together make a contraction: one for each point of some outer loops.
///
/// Each of the groups m, n and k must lie at one stride in the two tensors that have it; of a group that does not, the
/// longest part that does is kept and the rest are outer loops (those of k add up).
struct MatrixPlan: Sendable {
  /// The outer loops: batch and the rest of m and n, then the rest of k. Arrays: A, B, C.
  let loops: Space
  let sums: Space
  let m: Int, n: Int, k: Int
  let a: Matrix, b: Matrix, c: Matrix
  /// Whether the transpose is computed: B's transpose times A's.
  let swapped: Bool
  /// The labels of each group that the product itself runs over.
  private let own: (m: [Label], n: [Label], k: [Label])
  /// What is left out: entries of the result, or terms of the sums, on one side of the diagonal; 0 for nothing.
  private(set) var skip: Int32 = 0

  struct Matrix: Sendable {
    var leading: Int
    var transposed = false
    /// The distance of neighbours, where the matrix is a column or a row.
    var step = 1
  }

  /// The cheapest plan, with the orders of axes that it needs of the operands and the result.
  static func best(_ a: Shape, _ b: Shape, result c: Shape) -> (plan: MatrixPlan, a: Shape, b: Shape, result: Shape) {
    let batch = c.labels.filter { a.contains($0) && b.contains($0) }
    let (m, n) = (c.labels.filter { !b.contains($0) }, c.labels.filter { !a.contains($0) })
    var best: (plan: MatrixPlan, a: Shape, b: Shape, result: Shape)?
    var bestCost = Double.infinity
    for choice in 0..<8 {
      let (packA, packB, packC) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
      let mOrder = packC ? a.labels.filter { m.contains($0) } : m
      let nOrder = packC ? b.labels.filter { n.contains($0) } : n
      let kOrder = (packA && !packB ? b : a).labels.filter { a.contains($0) && b.contains($0) && !c.contains($0) }
      let rest = { (shape: Shape, order: [Label]) in order + shape.labels.filter { !order.contains($0) } }
      let x = packA ? a.selecting(rest(a, batch + mOrder + kOrder)) : a
      let y = packB ? b.selecting(rest(b, batch + kOrder + nOrder)) : b
      let z = packC ? c.selecting(rest(c, batch + mOrder + nOrder)) : c
      if packA && x == a || packB && y == b || packC && z == c { continue }
      let copies = (packA ? a.count : 0) + (packB ? b.count : 0) + (packC ? c.count : 0)
      for plan in plans(x, y, z) {
        let cost = plan.cost + Double(copies) * 1.0
        if cost < bestCost { (best, bestCost) = ((plan, x, y, z), cost) }
      }
    }
    guard let best else { preconditionFailure("packed operands always make a matrix product") }
    return best
  }

  /// The estimated time in nanoseconds.
  private var cost: Double {
    let padded = Double((m + 3) & ~3) * Double((n + 7) & ~7) * Double(k + 8)
    let moved = Double(m * k + k * n + 2 * m * n)
    return Double(loops.count * sums.count) * (200 + padded / 20 + moved * 0.1)
  }

  /// All ways to take one run of each group.
  private static func plans(_ a: Shape, _ b: Shape, _ c: Shape) -> [MatrixPlan] {
    let wide = { (labels: [Label], shape: Shape) in labels.filter { shape.size($0) != 1 } }
    let m = runs(wide(c.labels.filter { !b.contains($0) }, c), c, a)
    let n = runs(wide(c.labels.filter { !a.contains($0) }, c), c, b)
    let k = runs(wide(a.labels.filter { !c.contains($0) }, a), a, b)
    let all = wide(c.labels, c)
    let summed = wide(a.labels.filter { !c.contains($0) }, a)
    var plans: [MatrixPlan] = []
    for mRun in m {
      for nRun in n {
        for kRun in k {
          let outer = all.filter { !mRun.contains($0) && !nRun.contains($0) }
          let loops = Space(outer, sizes: c.selecting(outer).sizes, arrays: [a, b, c]).collapsed()
          let left = summed.filter { !kRun.contains($0) }
          let sums = Space(left, sizes: a.selecting(left).sizes, arrays: [a, b, c]).collapsed()
          if let plan = MatrixPlan(a, b, c, loops, sums, mRun, nRun, kRun) { plans.append(plan) }
        }
      }
    }
    return plans
  }

  /// Maximal sequences of labels that lie at one stride in both shapes, in the first one's order.
  private static func runs(_ labels: [Label], _ first: Shape, _ second: Shape) -> [[Label]] {
    var runs: [[Label]] = []
    for label in labels {
      let size = first.size(label) ?? 1
      if let previous = runs.last?.last,
        [first, second].allSatisfy({ $0.stride(previous) == $0.stride(label) * size })
      {
        runs[runs.count - 1].append(label)
      } else {
        runs.append([label])
      }
    }
    return runs.isEmpty ? [[]] : runs
  }

  private init?(
    _ a: Shape, _ b: Shape, _ c: Shape, _ loops: Space, _ sums: Space, _ mRun: [Label], _ nRun: [Label],
    _ kRun: [Label]
  ) {
    (self.loops, self.sums, own) = (loops, sums, (mRun, nRun, kRun))
    (m, n, k) = (c.selecting(mRun).count, c.selecting(nRun).count, a.selecting(kRun).count)
    let step = { (shape: Shape, run: [Label]) in run.last.map { shape.stride($0) } }
    let (am, ak) = (step(a, mRun), step(a, kRun))
    let (bk, bn) = (step(b, kRun), step(b, nRun))
    let (cm, cn) = (step(c, mRun), step(c, nRun))
    // A column or row may lie at any distance; a matrix must be contiguous one way.
    let matrixA = Matrix(rows: m, am, columns: k, ak)
    let matrixB = Matrix(rows: k, bk, columns: n, bn)
    if m == 1 || n == 1 {
      guard let matrix = n == 1 ? matrixA : matrixB else { return nil }
      self.a = n == 1 ? matrix : Matrix(leading: 1, step: ak ?? 1)
      self.b = n == 1 ? Matrix(leading: 1, step: bk ?? 1) : matrix
      self.c = Matrix(leading: 1, step: (n == 1 ? cm : cn) ?? 1)
      swapped = false
      return
    }
    guard let matrixA, let matrixB, let matrixC = Matrix(rows: m, cm, columns: n, cn) else { return nil }
    (self.a, self.b, self.c) = (matrixA, matrixB, matrixC)
    swapped = matrixC.transposed
  }

  /// Leaves out the products that a triangle makes needless, if its two axes are exactly the product's.
  mutating func leaveOut(_ triangle: Triangle) {
    let (rows, columns) = swapped ? (own.n, own.m) : (own.m, own.n)
    guard sums.rank == 0, m > 1, n > 1 else { return }
    switch triangle.operand {
    case nil: if rows == [triangle.query], columns == [triangle.key] { skip = Int32(VM_ENTRIES_AFTER) }
    case swapped ? 1 : 0:
      if rows == [triangle.query], own.k == [triangle.key] { skip = Int32(VM_TERMS_AFTER) }
      if rows == [triangle.key], own.k == [triangle.query] { skip = Int32(VM_TERMS_BEFORE) }
    default: break
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func run<T: Element>(_ a: Source<T>, _ b: Source<T>, into c: Target<T>, threads: Int) {
    let number = loops.count
    let work = m * n * k
    // The threads share the products, or each of them takes some.
    let inside = number < threads ? threads : 1
    parallel(
      number, grain: max(1, (1 << 16) / max(1, work * sums.count)), threads: inside > 1 ? 1 : threads
    ) { range in
      var outer = Walk(loops, at: range.lowerBound)
      for _ in range {
        if sums.rank == 0 {
          multiply(a + outer.offset[0], b + outer.offset[1], c + outer.offset[2], adds: false, threads: inside)
        } else {
          var inner = Walk(sums)
          for i in 0..<sums.count {
            let offset = outer.offset &+ inner.offset
            multiply(a + offset[0], b + offset[1], c + outer.offset[2], adds: i > 0, threads: inside)
            inner.advance()
          }
        }
        outer.advance()
      }
    }
  }

  @inline(__always)
  private func multiply<T: Element>(_ x: Source<T>, _ y: Source<T>, _ z: Target<T>, adds: Bool, threads: Int) {
    let beta = adds ? 1.0 : 0
    if n == 1 {
      let (rows, columns) = a.transposed ? (k, m) : (m, k)
      Vector.gemv(
        x, a.leading, transposed: a.transposed, rows: rows, columns: columns, y, b.step, z, c.step, beta: beta)
    } else if m == 1 {
      let (rows, columns) = b.transposed ? (n, k) : (k, n)
      Vector.gemv(
        y, b.leading, transposed: !b.transposed, rows: rows, columns: columns, x, a.step, z, c.step, beta: beta)
    } else if skip != 0, threads == 1, !adds,
      Vector.triangle(
        m: swapped ? n : m, n: swapped ? m : n, k: k, swapped ? y : x, swapped ? b.strides.flipped : a.strides,
        swapped ? x : y, swapped ? a.strides.flipped : b.strides, z, c.leading, skip: skip)
    {
      return
    } else if swapped {
      Vector.product(
        m: n, n: m, k: k, y, b.strides.flipped, x, a.strides.flipped, z, c.leading, adds: adds, threads: threads)
    } else {
      Vector.product(m: m, n: n, k: k, x, a.strides, y, b.strides, z, c.leading, adds: adds, threads: threads)
    }
  }
}

extension MatrixPlan.Matrix {
  /// The distances of neighbouring rows and columns.
  @inline(__always)
  var strides: Strides { transposed ? Strides(1, leading) : Strides(leading, 1) }

  /// Rows and columns at these distances (nil where there is one only); nil if neither is contiguous.
  fileprivate init?(rows: Int, _ rowStride: Int?, columns: Int, _ columnStride: Int?) {
    if columnStride == nil || columnStride == 1, rowStride ?? columns >= columns {
      self.init(leading: rowStride ?? columns)
    } else if rowStride == nil || rowStride == 1, columnStride ?? rows >= rows {
      self.init(leading: columnStride ?? rows, transposed: true)
    } else {
      return nil
    }
  }
}

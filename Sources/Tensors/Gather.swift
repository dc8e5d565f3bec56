internal import CVectorMath

/// Rows of a table along one of its axes, by number: an embedding, or the logit of each label.
///
/// Operands: the table (values), the indices. The result has the indices' axes and the table's other axes, in any
/// order; an axis that both have is matched: `z[b, s, v]` at `label[b, s]` along v gives `[b, s]`.
///
/// Running it throws ``KernelError/indexOutOfRange(index:size:position:)``.
public struct Gather: Kernel {
  private let lookup: Lookup

  /// Throws ``KernelError`` if the shapes are not as said above.
  public init(table: Shape, indices: Shape, result: Shape, along: Label) throws(KernelError) {
    lookup = try Lookup(table: table, indices: indices, rows: result, along: along)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let table = try values(inputs, 0, of: 2)
    let indices = try indices(inputs, 1, of: 2)
    try lookup.check(indices)
    lookup.gather(table, indices, output, threads: threads)
  }
}

/// The transpose of ``Gather``: adds rows into a table of zeros.
///
/// Operands: the rows (values, shaped like a gather's result), the indices. The result is shaped like the table.
public struct Scatter: Kernel {
  private let lookup: Lookup

  /// Throws ``KernelError`` if the shapes are not those of a ``Gather`` read backwards.
  public init(rows: Shape, indices: Shape, result: Shape, along: Label) throws(KernelError) {
    lookup = try Lookup(table: result, indices: indices, rows: rows, along: along)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let rows = try values(inputs, 0, of: 2)
    let indices = try indices(inputs, 1, of: 2)
    try lookup.check(indices)
    lookup.scatter(rows, indices, output, threads: threads)
  }
}

/// Loops of both: over the indices outside, over the table's other axes inside.
private struct Lookup: Sendable {
  /// Arrays: indices, table, rows.
  let outer: Space
  let inner: Space
  /// The inner loops but the last.
  let blocks: Space
  let size: Int
  let stride: Int
  let tableCount: Int
  let indexCount: Int

  init(table: Shape, indices: Shape, rows: Shape, along: Label) throws(KernelError) {
    try table.check()
    try indices.check()
    try rows.check()
    guard let size = table.size(along) else { throw .unknownLabel(along) }
    guard !indices.contains(along) else { throw .repeatedLabel(along) }
    let others = table.labels.filter { $0 != along }
    for label in others where indices.contains(label) && indices.size(label) != table.size(label) {
      throw .sizeMismatch(label: label, indices.size(label) ?? 0, table.size(label) ?? 0)
    }
    let free = others.filter { !indices.contains($0) }
    let expected = Shape(
      unchecked: indices.labels + free, sizes: indices.sizes + free.map { table.size($0) ?? 0 })
    try rows.checkSameAxes(as: expected)
    self.size = size
    stride = table.stride(along)
    tableCount = table.count
    indexCount = indices.count
    outer = Space(indices.labels, sizes: indices.sizes, arrays: [indices, table, rows]).collapsed()
    let inner = Space(free, sizes: free.map { table.size($0) ?? 0 }, arrays: [table, rows]).collapsed()
    self.inner = inner
    blocks = inner.rank > 1 ? inner.dropping(inner.rank - 1) : Space(sizes: [], strides: [[], []])
  }

  func check(_ indices: UnsafePointer<Int32>) throws(KernelError) {
    let position = vm_first_outside(indices, indexCount, size)
    guard position < 0 else {
      throw .indexOutOfRange(index: Int(indices[position]), size: size, position: position)
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func gather<T: Element>(_ table: Source<T>, _ indices: UnsafePointer<Int32>, _ y: Target<T>, threads: Int) {
    let innerCount = inner.count
    guard innerCount > 0 else { return }
    let length = inner.sizes.last ?? 1
    let tableStep = inner.strides[0].last ?? 1
    let rowStep = inner.strides[1].last ?? 1
    parallel(outer.count, grain: max(1, 32768 / innerCount), threads: threads) { range in
      var walk = Walk(outer, at: range.lowerBound)
      for _ in range {
        let from = table + (walk.offset[1] + Int(indices[walk.offset[0]]) * stride)
        let to = y + walk.offset[2]
        if blocks.rank > 0 {
          var block = Walk(blocks)
          for _ in 0..<blocks.count {
            Vector.copy(from + block.offset[0], tableStep, to + block.offset[1], rowStep, length)
            block.advance()
          }
        } else if length == 1 {
          to.pointee = from.pointee
        } else {
          Vector.copy(from, tableStep, to, rowStep, length)
        }
        walk.advance()
      }
    }
  }

  /// Each thread adds its own part of every row, in the order of the indices.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func scatter<T: Element>(_ rows: Source<T>, _ indices: UnsafePointer<Int32>, _ y: Target<T>, threads: Int) {
    Vector.fill(y, tableCount, 0)
    let length = inner.sizes.last ?? 1
    let tableStep = inner.strides[0].last ?? 1
    let rowStep = inner.strides[1].last ?? 1
    let split = outer.count * length > 65536 ? threads : 1
    parallel(length, grain: 32, threads: split) { columns in
      var walk = Walk(outer)
      for _ in 0..<outer.count {
        let from = rows + (walk.offset[2] + columns.lowerBound * rowStep)
        let to = y + (walk.offset[1] + Int(indices[walk.offset[0]]) * stride + columns.lowerBound * tableStep)
        if blocks.rank == 0 {
          Vector.add(from, rowStep, to, tableStep, columns.count)
        } else {
          var block = Walk(blocks)
          for _ in 0..<blocks.count {
            Vector.add(from + block.offset[1], rowStep, to + block.offset[0], tableStep, columns.count)
            block.advance()
          }
        }
        walk.advance()
      }
    }
  }
}

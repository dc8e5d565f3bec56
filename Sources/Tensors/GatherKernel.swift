internal import CVectorMath

/// Rows of a table along one of its axes, by number: an embedding, or the logit of each label.
///
/// Operands: the table (values), the indices. The result has the indices' axes and the table's other axes, in any
/// order; an axis that both have is matched: `z[b, s, v]` at `label[b, s]` along v gives `[b, s]`.
///
/// Running it throws ``KernelError/indexOutOfRange(index:size:position:)``.
public struct GatherKernel: Kernel {
  private let lookup: Lookup

  /// Throws ``KernelError`` if the shapes are not as described above.
  public init(table: Shape, indices: Shape, result: Shape, along: Label) throws(KernelError) {
    lookup = try Lookup(table: table, indices: indices, rows: result, along: along)
  }

  public func part(of operand: Int, parts: Int) -> (any Kernel)? {
    lookup.part(parts) { try? GatherKernel(table: $0, indices: $1, result: $2, along: $3) }
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

/// The transpose of ``GatherKernel``: adds rows into a table of zeros.
///
/// Operands: the rows (values, shaped like a gather's result), the indices. The result is shaped like the table.
public struct ScatterKernel: Kernel {
  private let lookup: Lookup

  /// Throws ``KernelError`` if the shapes are not those of a ``GatherKernel`` read backwards.
  public init(rows: Shape, indices: Shape, result: Shape, along: Label) throws(KernelError) {
    lookup = try Lookup(table: result, indices: indices, rows: rows, along: along)
  }

  public func part(of operand: Int, parts: Int) -> (any Kernel)? {
    lookup.part(parts) { try? ScatterKernel(rows: $2, indices: $1, result: $0, along: $3) }
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

/// The loops of both kernels: over the indices outside, over the table's other axes inside.
private struct Lookup: Sendable {
  private let shapes: (table: Shape, indices: Shape, rows: Shape), along: Label
  /// Arrays: indices, table, rows. Without its innermost loop.
  private let outer: Space
  /// The length of the innermost loop over the indices.
  private let run: Int
  /// Without its innermost loop.
  private let inner: Space
  private let numbers: vm_lookup
  /// Whether no two indices belong to the same entries of the table.
  private let isApart: Bool
  private let size: Int
  private let tableCount: Int
  private let indexCount: Int

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
    (self.size, self.along) = (size, along)
    shapes = (table, indices, rows)
    tableCount = table.count
    indexCount = indices.count
    let outer = Space(indices.labels, sizes: indices.sizes, arrays: [indices, table, rows]).collapsed()
    let inner = Space(free, sizes: free.map { table.size($0) ?? 0 }, arrays: [table, rows]).collapsed()
    isApart = indices.labels.allSatisfy { table.contains($0) || indices.size($0) == 1 }
    run = outer.sizes.last ?? 1
    let strides = outer.strides.map { $0.last ?? 0 }
    numbers = vm_lookup(
      count: run, length: inner.sizes.last ?? 1, index_stride: strides[0], table_stride: strides[1],
      row_stride: strides[2], step: table.stride(along), table_step: inner.strides[0].last ?? 1,
      row_step: inner.strides[1].last ?? 1)
    self.outer = outer.rank == 0 ? outer : outer.dropping(outer.rank - 1)
    self.inner = inner.rank == 0 ? inner : inner.dropping(inner.rank - 1)
  }

  /// The kernel for a part of the outermost axis of the indices, as ``Kernel/part(of:parts:)``.
  func part(_ parts: Int, _ make: (Shape, Shape, Shape, Label) -> (any Kernel)?) -> (any Kernel)? {
    guard let label = shapes.indices.labels.first, let table = shapes.table.part(of: label, parts: parts),
      let indices = shapes.indices.part(of: label, parts: parts), let rows = shapes.rows.part(of: label, parts: parts)
    else { return nil }
    return make(table, indices, rows, along)
  }

  func check(_ indices: UnsafePointer<Int32>) throws(KernelError) {
    let position = vm_first_outside(indices, indexCount, size)
    guard position < 0 else {
      throw .indexOutOfRange(index: Int(indices[position]), size: size, position: position)
    }
  }

  private var entries: Int { indexCount * numbers.length * inner.count }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func gather<T: Element>(_ table: Source<T>, _ indices: UnsafePointer<Int32>, _ y: Target<T>, threads: Int) {
    guard entries > 0 else { return }
    parallel(indexCount, grain: max(1, indexCount * 8192 / entries), threads: threads) { range in
      each(range, 0..<numbers.length) { numbers, offset, block in
        Vector.gather(
          numbers, table + (offset[1] + block[0]), indices + offset[0], y + (offset[2] + block[1]))
      }
    }
  }

  /// Where indices share entries of the table, each thread adds its own part of every row, in the order of the indices.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func scatter<T: Element>(_ rows: Source<T>, _ indices: UnsafePointer<Int32>, _ y: Target<T>, threads: Int) {
    parallel(tableCount, grain: 16384, threads: threads) { range in
      Vector.fill(y + range.lowerBound, range.count, 0)
    }
    guard entries > 0 else { return }
    let length = numbers.length
    let count = isApart ? indexCount : length
    parallel(count, grain: max(isApart ? 1 : 16, count * 8192 / entries), threads: threads) { range in
      each(isApart ? range : 0..<indexCount, isApart ? 0..<length : range) { numbers, offset, block in
        Vector.scatter(
          numbers, rows + (offset[2] + block[1]), indices + offset[0], y + (offset[1] + block[0]))
      }
    }
  }

  /// Some columns of the rows of some indices, one loop over indices at a time: its numbers, where it begins in the
  /// indices, the table and the rows, and where in the latter two the entries of a row do.
  @inline(__always)
  private func each(
    _ range: Range<Int>, _ columns: Range<Int>, _ body: (vm_lookup, SIMD4<Int>, SIMD4<Int>) -> Void
  ) {
    var numbers = numbers
    numbers.length = columns.count
    let first = SIMD4(columns.lowerBound * numbers.table_step, columns.lowerBound * numbers.row_step, 0, 0)
    let strides = SIMD4(numbers.index_stride, numbers.table_stride, numbers.row_stride, 0)
    var position = range.lowerBound
    while position < range.upperBound {
      let start = position % run
      numbers.count = min(run - start, range.upperBound - position)
      let offset = Walk(outer, at: position / run).offset &+ strides &* SIMD4(repeating: start)
      var block = Walk(inner)
      for _ in 0..<inner.count {
        body(numbers, offset, block.offset &+ first)
        block.advance()
      }
      position += numbers.count
    }
  }
}

extension Vector {
  fileprivate static func gather(
    _ numbers: vm_lookup, _ table: Source<T>, _ indices: UnsafePointer<Int32>, _ rows: Target<T>
  ) {
    withUnsafePointer(to: numbers) { numbers in
      if isFloat {
        vm_gather_f32(numbers, f(table), indices, f(rows))
      } else {
        vm_gather_f64(numbers, d(table), indices, d(rows))
      }
    }
  }

  fileprivate static func scatter(
    _ numbers: vm_lookup, _ rows: Source<T>, _ indices: UnsafePointer<Int32>, _ table: Target<T>
  ) {
    withUnsafePointer(to: numbers) { numbers in
      if isFloat {
        vm_scatter_f32(numbers, f(rows), indices, f(table))
      } else {
        vm_scatter_f64(numbers, d(rows), indices, d(table))
      }
    }
  }
}

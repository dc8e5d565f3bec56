/// e^x over its sum along some axes, with the maximum subtracted first.
///
/// Entries of minus infinity give 0, also where all of a row are (an attention mask may hide everything). Operand and
/// result have the same shape and may be the same memory.
public struct SoftmaxKernel: Kernel {
  fileprivate let rows: Rows

  /// Throws ``KernelError/unknownLabel(_:)`` if the operand lacks an axis to normalize over.
  public init(operand: Shape, over: [Label]) throws(KernelError) { rows = try Rows(operand, over: over) }

  public var allowsOverwriting: Bool { true }
  public var masking: Masking? { .exponentials }
  public var rowOperation: (operation: RowOperation, columns: Int?)? {
    rows.permutes ? nil : (.softmax, rows.length)
  }
  public var workspace: Int { rows.permutes ? rows.shape.count : 0 }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let x = try values(inputs, 0, of: 1)
    guard rows.permutes else { return softmax(x, output, threads: threads) }
    let scratch = try needed(workspace, self.workspace)
    rows.gather.copy(x, to: scratch, threads: threads)
    softmax(scratch, scratch, threads: threads)
    rows.scatter.copy(scratch, to: output, threads: threads)
  }

  private func softmax<T: Element>(_ x: Source<T>, _ y: Target<T>, threads: Int) {
    parallel(rows.number, grain: rows.grain, threads: threads) { range in
      let start = range.lowerBound * rows.length
      Vector.softmax(x + start, y + start, rows: range.count, rows.length)
    }
  }
}

/// log sum e^x along some axes. A row of minus infinities gives minus infinity.
///
/// The result has the operand's other axes, in any order.
public struct LogSumExpKernel: Kernel {
  fileprivate let rows: Rows
  private let spread: Copy

  /// Throws ``KernelError`` if `over` and the result's axes are not together those of the operand.
  public init(operand: Shape, over: [Label], result: Shape) throws(KernelError) {
    rows = try Rows(operand, over: over)
    try result.check()
    let kept = operand.selecting(operand.labels.filter { !over.contains($0) })
    try result.checkSameAxes(as: kept)
    spread = try Copy(operand: kept, result: result)
  }

  public var rowOperation: (operation: RowOperation, columns: Int?)? {
    rows.permutes ? nil : (.logSumExp, rows.length)
  }
  public var workspace: Int { rows.number + (rows.permutes ? rows.shape.count : 0) }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    var x = try values(inputs, 0, of: 1)
    let sums = try needed(workspace, self.workspace)
    if rows.permutes {
      rows.gather.copy(x, to: sums + rows.number, threads: threads)
      x = UnsafePointer(sums + rows.number)
    }
    parallel(rows.number, grain: rows.grain, threads: threads) { range in
      for row in range { sums[row] = T(Vector.logSumExp(x + row * rows.length, rows.length)) }
    }
    spread.copy(sums, to: output, threads: threads)
  }
}

/// A tensor seen as rows along some of its axes, moved to the end first if they are not there.
private struct Rows: Sendable {
  let shape: Shape
  let number: Int
  let length: Int
  let permutes: Bool
  let gather: Copy
  let scatter: Copy

  init(_ shape: Shape, over: [Label]) throws(KernelError) {
    try shape.check()
    for label in over where !shape.contains(label) { throw .unknownLabel(label) }
    self.shape = shape
    let kept = shape.labels.filter { !over.contains($0) }
    let summed = shape.labels.filter { over.contains($0) }
    let moved = shape.selecting(kept + summed)
    number = shape.selecting(kept).count
    length = shape.selecting(summed).count
    // Axes of size 1 may stand anywhere.
    permutes =
      shape.count > 0 && moved.labels.filter { shape.size($0) != 1 } != shape.labels.filter { shape.size($0) != 1 }
    gather = try Copy(operand: shape, result: moved)
    scatter = try Copy(operand: moved, result: shape)
  }

  var grain: Int { max(1, 4096 / max(1, length)) }
}

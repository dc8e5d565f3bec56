/// The slice of a tensor at one index of an axis, in the order of the other axes.
public struct SliceKernel: Kernel {
  private let blocks: Blocks

  /// Throws ``KernelError/unknownLabel(_:)`` if the operand lacks the axis,
  /// ``KernelError/indexOutOfRange(index:size:position:)`` if it is shorter.
  public init(operand: Shape, index: Int, along: Label) throws(KernelError) {
    blocks = try Blocks(operand, index, along)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let x = try values(inputs, 0, of: 1)
    for i in 0..<blocks.outer {
      Vector.copy(x + blocks.start(i), 1, output + i * blocks.inner, 1, blocks.inner)
    }
  }
}

/// The transpose of ``SliceKernel``: zeros, except for the slice at one index of an axis.
public struct InsertionKernel: Kernel {
  private let blocks: Blocks
  private let count: Int

  /// `result` is shaped like the operand of a slice. Throws as ``SliceKernel`` does.
  public init(result: Shape, index: Int, along: Label) throws(KernelError) {
    blocks = try Blocks(result, index, along)
    count = result.count
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let x = try values(inputs, 0, of: 1)
    Vector.fill(output, count, 0)
    for i in 0..<blocks.outer {
      Vector.copy(x + i * blocks.inner, 1, output + blocks.start(i), 1, blocks.inner)
    }
  }
}

/// Where the parts of a slice lie in the whole.
private struct Blocks: Sendable {
  let outer: Int, inner: Int, size: Int, index: Int

  init(_ whole: Shape, _ index: Int, _ along: Label) throws(KernelError) {
    try whole.check()
    guard let position = whole.labels.firstIndex(of: along) else { throw .unknownLabel(along) }
    size = whole.sizes[position]
    guard index >= 0, index < size else { throw .indexOutOfRange(index: index, size: size, position: position) }
    outer = Array(whole.sizes[..<position]).product
    inner = Array(whole.sizes[(position + 1)...]).product
    self.index = index
  }

  func start(_ block: Int) -> Int { (block * size + index) * inner }
}

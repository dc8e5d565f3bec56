/// 1 where an entry is among the `count` largest along an axis, else 0. Of equal entries the earlier one counts as
/// larger, so that there are always `count`.
///
/// Operand and result have the same shape.
public struct LargestKernel: Kernel {
  private let outer: Int, inner: Int, size: Int, count: Int

  /// Throws ``KernelError/unknownLabel(_:)`` if the operand lacks the axis.
  public init(operand: Shape, count: Int, along: Label) throws(KernelError) {
    try operand.check()
    guard let position = operand.labels.firstIndex(of: along) else { throw .unknownLabel(along) }
    size = operand.sizes[position]
    outer = Array(operand.sizes[..<position]).product
    inner = Array(operand.sizes[(position + 1)...]).product
    self.count = count
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    let x = try values(inputs, 0, of: 1)
    for row in 0..<outer * inner {
      let start = row / inner * size * inner + row % inner
      for i in 0..<size {
        let own = x[start + i * inner]
        var above = 0
        for j in 0..<size where j != i {
          let other = x[start + j * inner]
          if other > own || (other == own && j < i) { above += 1 }
        }
        output[start + i * inner] = above < count ? 1 : 0
      }
    }
  }
}

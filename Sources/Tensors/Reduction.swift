/// The sum or the maximum over all axes that the result lacks; the result's axes may be in any order.
///
/// Sums are kept in Double and rounded once. The maximum of nothing is minus infinity; a NaN is passed over by it.
///
///     let x = try Shape(labels: [0, 1], sizes: [32, 256]), y = try Shape(labels: [1], sizes: [256])
///     let biasGradient = try Reduction(.sum, operand: x, result: y)
public struct Reduction: Kernel {
  public enum Operation: Sendable { case sum, max }
  private let accumulation: Accumulation
  private let operand: Shape
  private let result: Shape
  private let copy: Copy?
  let isSum: Bool

  /// Throws ``KernelError`` if the result has an axis, or a size, that the operand has not.
  public init(_ operation: Operation, operand: Shape, result: Shape) throws(KernelError) {
    try operand.check()
    try result.check()
    try result.checkSubset(of: operand)
    (self.operand, self.result, isSum) = (operand, result, operation == .sum)
    accumulation = Accumulation(operation == .sum ? .sum : .max, operand, operand, result: result)
    let same = operand.selecting(operand.labels.filter { result.contains($0) })
    copy = operand.count == result.count && operand.count > 0 ? try Copy(operand: same, result: result) : nil
  }

  public var isReduction: Bool { true }
  public var rowOperation: (operation: RowOperation, columns: Int?)? { (isSum ? .sum : .maximum, nil) }

  public func part(of position: Int, parts: Int) -> (any Kernel)? {
    guard let label = operand.labels.first, isSum || result.contains(label),
      let operand = operand.part(of: label, parts: parts), let result = result.part(of: label, parts: parts)
    else { return nil }
    return try? Reduction(isSum ? .sum : .max, operand: operand, result: result)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    try reduce(try values(inputs, 0, of: 1), into: output, threads: threads)
  }

  func reduce<T: Element>(_ x: Source<T>, into y: Target<T>, threads: Int) throws(KernelError) {
    guard operand.count > 0 else {
      return Vector.fill(y, result.count, accumulation.operation == .max ? -.infinity : 0)
    }
    if let copy { return copy.copy(x, to: y, threads: threads) }
    try accumulation.run(x, x, into: y, threads: threads)
  }
}

/// Numbers computed in advance, such as a mask or positions: a kernel without operands.
public struct ConstantKernel: Kernel {
  private let entries: [Double]

  public init(_ entries: [Double]) { self.entries = entries }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    guard inputs.isEmpty else { throw .operandCount(expected: 0, given: inputs.count) }
    copy(output)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  private func copy<T: Element>(_ output: Target<T>) {
    entries.withUnsafeBufferPointer { for i in $0.indices { output[i] = T($0[i]) } }
  }
}

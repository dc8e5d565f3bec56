/// What a kernel reads: numbers, or indices (token ids, class labels) as 32-bit integers.
public enum Operand<T: Element> {
  case values(UnsafePointer<T>)
  case indices(UnsafePointer<Int32>)
}

/// What a kernel does with the entries, of a tensor with both axes, whose key is greater than their query.
public enum Masking: Sendable {
  /// They become a number; axes by their position in the operand and the result.
  case fills(query: Int, key: Int, with: Double)
  /// It turns entries of minus infinity into zero.
  case exponentials
}

/// One instruction on tensors of given sizes. All checks of shapes are made when it is initialized.
///
/// `run` reads operands that lie as their shapes say and writes the whole result. The result must not overlap an
/// operand unless the kernel says so. The same inputs on the same number of threads give the same bits.
public protocol Kernel: Sendable {
  /// Whether the result may lie in the same memory as an operand.
  var allowsOverwriting: Bool { get }
  /// Whether it sums or maximizes along axes, and does nothing else.
  var isReduction: Bool { get }
  /// What it does along the rows of its operand, as part of a chain over the axes of its operands and result; and how
  /// many columns these rows have, nil for any number. Nil if it does not work along rows.
  var rowOperation: (operation: RowOperation, columns: Int?)? { get }
  /// What it does with entries whose key is greater than their query; nil if nothing is known of them.
  var masking: Masking? { get }
  /// Whether every term is a product of one entry of each operand, so that an entry of one operand does not matter
  /// where another operand is zero.
  var multipliesOperands: Bool { get }
  /// Scratch scalars that `run` needs.
  var workspace: Int { get }
  /// Multiplications with an addition that its matrix products make, half of all where a triangle is left out; 0 of a
  /// kernel that is no contraction.
  var multiplyAdds: Int { get }

  /// The same kernel where entries of an operand whose key is greater than their query are zero, or those of the result
  /// (the operand nil) are not needed and may be anything finite: most of these are left out. Axes by their position.
  /// Nil if it has no such form.
  func leavingOut(operand: Int?, query: Int, key: Int) -> (any Kernel)?

  /// This kernel and the chain that reads its result as input number `position`, computed together; nil where that
  /// cannot be done, or would not pay.
  func joined(with chain: ElementwiseChain, position: Int) -> ProductChain?

  /// The kernel for one of `parts` equal parts of an operand's outermost axis. Its results are the parts of the result
  /// or, if the result lacks the axis, add up to it. Nil if there is no such kernel; the axis must be the outermost in
  /// every tensor that has it.
  func part(of operand: Int, parts: Int) -> (any Kernel)?

  /// Computes the result. `threads` is the most that may be used. Throws ``KernelError`` for a wrong number or kind of
  /// operands and for indices out of range.
  func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError)
}

extension Kernel {
  public var allowsOverwriting: Bool { false }
  public var isReduction: Bool { false }
  public var rowOperation: (operation: RowOperation, columns: Int?)? { nil }
  public var masking: Masking? { nil }
  public var multipliesOperands: Bool { false }
  public var workspace: Int { 0 }
  public var multiplyAdds: Int { 0 }
  public func leavingOut(operand: Int?, query: Int, key: Int) -> (any Kernel)? { nil }
  public func joined(with chain: ElementwiseChain, position: Int) -> ProductChain? { nil }
  public func part(of operand: Int, parts: Int) -> (any Kernel)? { nil }
}

extension [Int] {
  var product: Int { reduce(1, *) }
}

func values<T>(_ inputs: [Operand<T>], _ position: Int, of count: Int) throws(KernelError) -> UnsafePointer<T> {
  guard inputs.count == count else { throw .operandCount(expected: count, given: inputs.count) }
  guard case .values(let pointer) = inputs[position] else { throw .operandKind(position: position) }
  return pointer
}

func indices<T>(_ inputs: [Operand<T>], _ position: Int, of count: Int) throws(KernelError) -> UnsafePointer<Int32> {
  guard inputs.count == count else { throw .operandCount(expected: count, given: inputs.count) }
  guard case .indices(let pointer) = inputs[position] else { throw .operandKind(position: position) }
  return pointer
}

func needed<T>(_ workspace: UnsafeMutablePointer<T>?, _ count: Int) throws(KernelError) -> UnsafeMutablePointer<T> {
  guard let workspace else { throw .missingWorkspace(count) }
  return workspace
}

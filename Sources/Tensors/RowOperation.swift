/// What a chain does along the innermost axes of its space, the columns; the others are its rows.
public enum RowOperation: Sendable, Hashable {
  /// One number for each row: the sum of the product of the operands, kept in Double.
  case sum
  /// One number for each row.
  case maximum, logSumExp
  /// e^x over its sum.
  case softmax
  /// Columns after number `row / divisor % modulus` become `fill`.
  case mask(divisor: Int, modulus: Int, fill: Double)

  /// It gives one number for each row.
  public var reduces: Bool {
    switch self {
    case .sum, .maximum, .logSumExp: true
    case .softmax, .mask: false
    }
  }
}

/// A kernel that can be part of a chain, if the axes of its operands and result are the chain's.
public protocol RowKernel: Kernel {
  /// The operation, and how many columns its rows have; any number if that is nil.
  var rowOperation: (operation: RowOperation, columns: Int?)? { get }
}

extension Reduction: RowKernel {
  public var rowOperation: (operation: RowOperation, columns: Int?)? { (isSum ? .sum : .maximum, nil) }
}

extension Contraction: RowKernel {
  public var rowOperation: (operation: RowOperation, columns: Int?)? { (.sum, nil) }
}

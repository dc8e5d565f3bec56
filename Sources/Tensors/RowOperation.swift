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

  /// Whether it gives one number for each row.
  public var reduces: Bool {
    switch self {
    case .sum, .maximum, .logSumExp: true
    case .softmax, .mask: false
    }
  }
}

/// An operation, entry by entry, on registers of an ``ElementwiseChain``.
public enum ElementwiseOperation: Sendable {
  /// f(x).
  case map(UnaryFunction, Int)
  /// f(x, y).
  case pair(PairFunction, Int, Int)
  /// The product of registers; 1 if there are none.
  case product([Int])
  /// The sum of registers, each times its coefficient, plus an offset.
  case combination([(coefficient: Coefficient, register: Int)], offset: Coefficient)

  /// An operation along the columns, in a chain that has rows.
  case rows(RowOperation, [Int])

  /// The registers that it reads.
  public var registers: [Int] {
    switch self {
    case .map(_, let register): [register]
    case .pair(_, let first, let second): [first, second]
    case .product(let registers): registers
    case .rows(_, let registers): registers
    case .combination(let terms, _): terms.map(\.register)
    }
  }
}

/// A factor in a combination: a number, or one that is known when the chain runs (a learning rate).
public enum Coefficient: Sendable, Hashable {
  case constant(Double)
  /// Run-time scalar number `Int`, times a constant.
  case scalar(Int, times: Double)

  @inline(__always)
  func value(_ scalars: [Double]) -> Double {
    switch self {
    case .constant(let value): value
    case .scalar(let index, let times): scalars[index] * times
    }
  }
}

extension Coefficient: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self = .constant(value) }
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}

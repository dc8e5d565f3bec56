/// Entries whose key index is greater than their query index become `fill`; the others are copied.
///
/// Operand and result have the same shape and may be the same memory.
public struct CausalKernel: Kernel {
  private let shape: Shape
  private let queries: Int, keys: Int
  private let keyIsInner: Bool
  /// Entries inside, between and outside of the two axes.
  private let inner: Int, middle: Int, outer: Int
  private let fill: Double
  public let masking: Masking?
  public var allowsOverwriting: Bool { true }
  public var rowOperation: (operation: RowOperation, columns: Int?)? {
    guard keyIsInner, inner == 1 else { return nil }
    return (.mask(divisor: middle, modulus: queries, fill: fill), keys)
  }

  /// Throws ``KernelError/unknownLabel(_:)`` if the operand lacks one of the axes, ``KernelError/repeatedLabel(_:)`` if
  /// they are the same.
  public init(operand: Shape, query: Label, key: Label, fill: Double) throws(KernelError) {
    try operand.check()
    guard let q = operand.labels.firstIndex(of: query) else { throw .unknownLabel(query) }
    guard let k = operand.labels.firstIndex(of: key) else { throw .unknownLabel(key) }
    guard q != k else { throw .repeatedLabel(query) }
    shape = operand
    self.fill = fill
    masking = .fills(query: q, key: k, with: fill)
    (queries, keys, keyIsInner) = (operand.sizes[q], operand.sizes[k], k > q)
    let first = min(q, k)
    let last = max(q, k)
    outer = Array(operand.sizes[..<first]).product
    middle = Array(operand.sizes[(first + 1)..<last]).product
    inner = Array(operand.sizes[(last + 1)...]).product
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    mask(try values(inputs, 0, of: 1), output, threads: threads)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  private func mask<T: Element>(_ x: Source<T>, _ y: Target<T>, threads: Int) {
    let major = keyIsInner ? queries : keys
    let minor = keyIsInner ? keys : queries
    let row = minor * inner
    parallel(outer * major * middle, grain: max(1, 32768 / max(1, row)), threads: threads) { range in
      for line in range {
        let i = line / middle % major
        let from = x + line * row
        let to = y + line * row
        // A key row keeps the queries from its own index on; a query row keeps the keys up to its own.
        let split = keyIsInner ? min(i + 1, minor) : min(i, minor)
        let kept = (keyIsInner ? 0..<split : split..<minor)
        let filled = (keyIsInner ? split..<minor : 0..<split)
        if from != UnsafePointer(to) {
          Vector.copy(from + kept.lowerBound * inner, 1, to + kept.lowerBound * inner, 1, kept.count * inner)
        }
        Vector.fill(to + filled.lowerBound * inner, filled.count * inner, fill)
      }
    }
  }
}

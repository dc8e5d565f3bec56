import Exact
public import TensorPrograms

/// A product of several vectors with one tensor, linear in each: of two, `y_k = sum over i, j of W_kij u_i v_j`.
///
/// operands: each `[batch, .., own]`, its last axis summed; weight `[to, own..]`; result `[batch, .., to]`. The
/// standard initialization is one over the root of the product of the summed sizes. With `pairwise` the operands are
/// met one after the other instead of at once: the same numbers.
public struct Multilinear {
  public var name: String
  public var to: Dimension
  public var pairwise: Bool

  public init(_ name: String, to: Dimension, pairwise: Bool = false) {
    (self.name, self.to, self.pairwise) = (name, to, pairwise)
  }

  public func callAsFunction(_ operands: [Value]) -> Value {
    let summed = operands.compactMap(\.axes.last)
    let around = Array(operands[0].axes.dropLast())
    let out = Axis(to)
    let weight = operands[0].recorder.weight(
      name, [out] + summed, .gaussian(Monomial(1, summed.map { ($0.dimension, Rational(-1, 2)) })))
    guard pairwise else { return contract([weight] + operands, to: around + [out]).named(name + ".out") }
    var result = weight
    for (i, operand) in operands.enumerated() {
      result = contract([result, operand], to: around + [out] + summed[(i + 1)...])
    }
    return result.named(name + ".out")
  }
}

import Exact
public import TensorPrograms

/// Rotates each pair of coordinates by an angle in proportion to its position (RoPE, 2104.09864): a contraction with a
/// constant, so that the calculus needs no rule for it.
///
/// x: axes `sequence`, `pairs` and `two` among its own, result the same.
public func rotary(_ x: Value, along sequence: Axis, pairs: Axis, base: Double = 10000) -> Value {
  let two = Axis(Dimension("two", 2))
  let turned = Axis(two.dimension, primes: 1)
  let rotation = x.recorder.constant(.rotation, [sequence, pairs, turned, two], with: base)
  return rename(contract([x, rotation], to: x.axes.map { $0 == two ? turned : $0 }), turned, to: two)
}

/// A bias of logits that is learned for each head and each bucket of distances (T5, 1910.10683, section 2.1).
///
/// Weight `NAME` `[heads, buckets]`; result `[heads, query, key]`, for any number of layers.
public struct RelativeBias {
  public var name: String
  public var heads: Dimension
  public var buckets: Dimension
  /// The distance from which all are in one bucket.
  public var farthest: Double
  /// Whether a query sees only what was before it.
  public var isCausal: Bool

  public init(_ name: String, heads: Dimension, buckets: Int, farthest: Double, causal: Bool) {
    (self.name, self.heads, self.buckets) = (name, heads, Dimension("buckets", buckets))
    (self.farthest, isCausal) = (farthest, causal)
  }

  public func callAsFunction(_ p: Recorder, between query: Axis, _ key: Axis) -> Value {
    let table = p.weight(name, [Axis(heads), Axis(buckets)], .gaussian(Monomial()))
    let bucket = p.constant(isCausal ? .pastBuckets : .buckets, [query, key, Axis(buckets)], with: farthest)
    return contract([bucket, table], to: [Axis(heads), query, key]).named(name + ".out")
  }
}

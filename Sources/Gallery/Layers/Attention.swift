import Exact
public import TensorPrograms

/// Multi-head attention. Heads and head size are dimensions of their own, and may grow each on its own.
///
/// x: `[.., sequence, model]`, result the same. Weights `NAME.query` `[heads, queries, head, model]`, `.key` and
/// `.value` `[heads, head, model]`, `.out` `[model, heads, queries, head]`. With `heads` alone every head has its own
/// keys and values (multi-head); with both, the `queries` of a group share them (grouped-query, 2305.13245); with
/// `queries` alone all do (multi-query, 1911.02150).
public struct Attention {
  public var name: String
  /// Heads with keys and values of their own.
  public var heads: Dimension?
  /// Heads that share keys and values.
  public var queries: Dimension?
  public var head: Dimension
  public var isCausal: Bool
  /// The scale of the logits is a free multiplier `NAME.scale`, `head^(-1/2)` in the standard parametrization. Without
  /// it the query's initialization bears that factor, as in T5 (1910.10683).
  public var isScaled = true
  /// Biases of query, value and out. Keys get none: one would add the same to all logits of a query, which the
  /// softmax does not see.
  public var hasBiases = false
  /// RMSNorm of queries and keys over the head, with gains that the heads share (2302.05442).
  public var normalizesQueries = false
  public var position = Position.none
  /// On the standard deviation of `out`.
  public var gain = 1.0

  /// How logits depend on positions.
  public enum Position: Sendable {
    case none
    /// Queries and keys are rotated (RoPE, 2104.09864). The axis of the head is two, `pairs` and `two`.
    case rotary(base: Double)
    /// Logits from the distance, with a weight `NAME.distance` and biases `NAME.content`, `NAME.place` `[heads, head]`
    /// (Transformer-XL, 1901.02860, section 3.3).
    case relative
  }

  public init(
    _ name: String, heads: Dimension?, queries: Dimension? = nil, head: Dimension, causal: Bool = true
  ) {
    (self.name, self.heads, self.queries, self.head, isCausal) = (name, heads, queries, head, causal)
  }

  private var keyHeads: [Dimension] { [heads].compactMap(\.self) }
  private var queryHeads: [Dimension] { [heads, queries].compactMap(\.self) }
  /// The axis of queries and keys that logits sum over.
  private var inner: [Dimension] {
    if case .rotary = position { return [Dimension("pairs", growing: head.size / 2), Dimension("two", 2)] }
    return [head]
  }

  /// Attends to `memory` `[.., source, model]`, or to x itself. `bias` is added to the logits.
  public func callAsFunction(_ x: Value, over memory: Value? = nil, bias: Value? = nil) -> Value {
    let source = memory ?? x
    for value in [x, source] where value.axes.count < 2 {
      if let id = value.id {
        x.recorder.fail(
          .shape(
            operation: "attention", operands: ["\"\(x.recorder.program[id].name)\" \(value.axes.bracketed)"],
            reason: "its input must end in the axes sequence, model"))
      }
      return Value(x.recorder, nil)
    }
    return x.recorder.scope(name) {
      let around = Array(x.axes.dropLast(2))
      let sequence = x.axes[around.count]
      let from = source.axes[source.axes.count - 2]
      // A sequence that attends to itself gets a second index.
      let other = from == sequence ? Axis(from.dimension, primes: from.primes + 1) : from
      let heads = queryHeads.map { Axis($0) }
      func moved(_ y: Value) -> Value { from == other ? y : rename(y, from, to: other) }
      func query() -> Value {
        var dense = Dense("query", toAll: queryHeads + inner, bias: hasBiases)
        if !isScaled { dense.divided = [head] }
        return prepared(dense(x), along: sequence)
      }
      func key() -> Value { moved(prepared(Dense("key", toAll: keyHeads + inner)(source), "key", along: from)) }

      // Where no multiplier bears the scale of the logits, the later of the two factors does.
      var (q, k) = isScaled ? (query(), Value(x.recorder, nil)) : (Value(x.recorder, nil), key())
      if isScaled { k = key() } else { q = query() }
      let value = moved(Dense("value", toAll: keyHeads + [head], bias: hasBiases)(source))
      var logits = products(q, k, to: around + heads + [sequence, other], between: sequence, other, x.axes.last)
      if isScaled { logits = multiplier("scale", logits, standard: Monomial(1, [(head, Rational(-1, 2))])) }
      logits = (bias.map { logits + $0 } ?? logits).named("logits")
      let weights = softmax(isCausal ? causal(logits, query: sequence, key: other) : logits, over: [other])
      let mixed = contract([weights, value], to: around + [sequence] + heads + [Axis(head)]).named("mixed")
      guard let model = x.axes.last?.dimension else { return mixed }
      return Dense("out", to: model, over: queryHeads + [head], bias: hasBiases, gain: gain)(mixed)
    }
  }

  /// A query or key, normalized and rotated where that is asked for.
  private func prepared(_ y: Value, _ name: String = "query", along sequence: Axis) -> Value {
    let normal = normalizesQueries ? RMSNorm(name + "-norm", over: inner)(y) : y
    guard case .rotary(let base) = position else { return normal }
    return rotary(normal, along: sequence, pairs: Axis(inner[0]), base: base)
  }

  private func products(
    _ q: Value, _ k: Value, to axes: [Axis], between sequence: Axis, _ other: Axis, _ model: Axis?
  ) -> Value {
    guard case .relative = position, let model else { return contract([q, k], to: axes) }
    let p = q.recorder
    let distance = Dense("distance", toAll: keyHeads + inner)(
      p.constant(.relativeSinusoids, [sequence, other, model]))
    func biased(_ name: String) -> Value { q + p.weight(name, (queryHeads + inner).map { Axis($0) }, .zero) }
    return contract([biased("content"), k], to: axes) + contract([biased("place"), distance], to: axes)
  }
}

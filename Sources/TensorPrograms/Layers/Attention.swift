import Exact

/// Causal multi-head attention. Heads and head size are dimensions of their own, and may grow each on its own.
///
/// x: `[batch, sequence, model]`, result the same. Weights `NAME.query`, `.key`, `.value` `[heads, head, model]` and
/// `.out` `[model, heads, head]`; the scale of the logits is a free multiplier `NAME.scale`, `head^(-1/2)` in the
/// standard parametrization.
public struct Attention {
  public var name: String
  public var heads: Dimension
  public var head: Dimension
  public var isCausal: Bool

  public init(_ name: String, heads: Dimension, head: Dimension, causal: Bool = true) {
    (self.name, self.heads, self.head, isCausal) = (name, heads, head, causal)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.axes.count >= 2, let model = x.axes.last else {
      if let id = x.id {
        x.recorder.fail(
          .shape(
            operation: "attention", operands: ["\"\(x.recorder.program[id].name)\" \(x.axes.bracketed)"],
            reason: "its input must end in the axes sequence, model"))
      }
      return Value(x.recorder, nil)
    }
    return x.recorder.scope(name) {
      let sequence = x.axes[x.axes.count - 2]
      let other = Axis(sequence.dimension, primes: sequence.primes + 1)
      let query = Dense("query", to: heads, head)(x)
      let key = rename(Dense("key", to: heads, head)(x), sequence, to: other)
      let value = rename(Dense("value", to: heads, head)(x), sequence, to: other)
      let around = x.axes.dropLast(2)
      let logits = multiplier(
        "scale", contract([query, key], to: around + [Axis(heads), sequence, other]),
        standard: Monomial(1, [(head, Rational(-1, 2))])
      ).named("logits")
      let weights = softmax(isCausal ? causal(logits, query: sequence, key: other) : logits, over: [other])
      let mixed = contract([weights, value], to: around + [sequence, Axis(heads), Axis(head)])
      return Dense("out", to: model.dimension, over: [heads, head])(mixed.named("mixed"))
    }
  }
}

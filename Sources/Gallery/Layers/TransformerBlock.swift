public import TensorPrograms

/// A block of a Transformer: attention and a feedforward layer, each a residual branch with a normalization.
///
/// x: `[.., sequence, model]`, result the same, named `out`. Weights as its parts name them; normalizations are
/// `norm1`, `norm2` and, before attention to another sequence, `norm-cross`.
public struct TransformerBlock {
  public var attention: Attention
  /// Attention to another sequence, between the two.
  public var cross: Attention?
  public var feedforward: (Value) -> Value
  public var norm: Norm
  public var order: Order

  /// Where the normalization stands.
  public enum Order: Sendable {
    /// `x + f(norm(x))`
    case pre
    /// `norm(x + f(x))`
    case post
    /// `x + attention(norm(x)) + feedforward(norm(x))`, one normalization for both.
    case parallel
  }

  public init(
    attention: Attention, cross: Attention? = nil, norm: Norm, order: Order = .pre,
    feedforward: @escaping (Value) -> Value
  ) {
    (self.attention, self.cross, self.norm, self.order) = (attention, cross, norm, order)
    self.feedforward = feedforward
  }

  /// `memory`: what `cross` attends to; `bias`: what is added to the logits of `attention`.
  public func callAsFunction(_ x: Value, over memory: Value? = nil, bias: Value? = nil) -> Value {
    if case .parallel = order {
      let normal = norm("norm1", x)
      return (x + attention(normal, bias: bias) + feedforward(normal)).named("out")
    }
    var x = branch(x, "norm1") { attention($0, bias: bias) }
    if let cross, let memory { x = branch(x, "norm-cross") { cross($0, over: memory) } }
    return branch(x, "norm2", feedforward).named("out")
  }

  private func branch(_ x: Value, _ name: String, _ f: (Value) -> Value) -> Value {
    if case .post = order { return norm(name, x + f(x)) }
    return x + f(norm(name, x))
  }
}

/// Blocks one after another, in the scopes `NAME.0`, `NAME.1`, ..
public func blocks(_ name: String, _ count: Int, _ x: Value, _ block: (Value) -> Value) -> Value {
  (0..<count).reduce(x) { x, i in x.recorder.scope("\(name).\(i)") { block(x) } }
}

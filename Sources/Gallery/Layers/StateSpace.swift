import Exact
public import TensorPrograms

/// A diagonal state-space layer (S4D, 2206.11893), unrolled over a fixed sequence: each channel has states of its own
/// that decay, each at its own pace, and are driven by the channel's input.
///
/// `h_t = a h_(t-1) + B x_t`, `y_t = sum over states of C h_t, + D x_t`, with `a = sigmoid(decay)`.
///
/// x: `[batch, sequence, model]`; result: y of each step, `[batch, model]`. Weights `NAME.decay`, `NAME.input`,
/// `NAME.output` `[model, state]` and `NAME.skip` `[model]`.
public struct StateSpace {
  public var name: String
  public var state: Dimension

  public init(_ name: String, state: Dimension) { (self.name, self.state) = (name, state) }

  public func callAsFunction(_ x: Value, along sequence: Axis) -> [Value] {
    let p = x.recorder
    guard let model = x.axes.last else { return [x] }
    return p.scope(name) {
      let own = [model, Axis(state)]
      let decay = sigmoid(p.weight("decay", own, .gaussian(Monomial())))
      let input = p.weight("input", own, .gaussian(Monomial()))
      let output = p.weight("output", own, .gaussian(Monomial(1, [(state, Rational(-1, 2))])))
      let skip = p.weight("skip", [model], .constant(1))
      var h: Value?
      return steps(of: x, along: sequence).enumerated().map { step, now in
        let driven = now * input
        let next = (h.map { $0 * decay + driven } ?? driven).named("state.\(step)")
        h = next
        return (contract([next, output], to: now.axes) + now * skip).named("out.\(step)")
      }
    }
  }
}

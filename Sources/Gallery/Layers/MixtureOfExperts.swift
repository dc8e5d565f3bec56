import Exact
public import TensorPrograms

/// A mixture of experts (1701.06538): a router weighs the experts, each a perceptron with one hidden layer of its own.
///
/// The gates are a softmax over the experts; with `top`, all but the largest are set to zero (2101.03961), and the
/// experts must be a fixed number.
///
/// x: `[batch, .., model]`; weights `NAME.router` `[experts, model]`, `NAME.up` `[experts, hidden, model]`, `NAME.down`
/// `[experts, model', hidden]`; result like x.
public struct MixtureOfExperts {
  public var name: String
  public var experts: Dimension
  public var hidden: Dimension
  public var top: Int?
  public var nonlinearity: Nonlinearity

  public init(
    _ name: String, experts: Dimension, hidden: Dimension, top: Int? = nil, _ nonlinearity: Nonlinearity = .gelu
  ) {
    (self.name, self.experts, self.hidden, self.top, self.nonlinearity) = (name, experts, hidden, top, nonlinearity)
  }

  public func callAsFunction(_ x: Value) -> Value {
    let p = x.recorder
    guard let model = x.axes.last else { return x }
    return p.scope(name) {
      let (expert, inner, out) = (Axis(experts), Axis(hidden), Axis(model.dimension, primes: model.primes + 1))
      let around = Array(x.axes.dropLast())
      var gates = softmax(Dense("router", to: experts)(x), over: [expert])
      if let top { gates = gates * largest(top, of: gates, along: expert) }
      gates = gates.named("gates")
      let up = p.weight("up", [expert, inner, model], .gaussian(Monomial(1, [(model.dimension, Rational(-1, 2))])))
      let down = p.weight("down", [expert, out, inner], .gaussian(Monomial(1, [(hidden, Rational(-1, 2))])))
      let first = contract([x, up], to: around + [expert, inner]).named("up.out")
      let weighed = map(nonlinearity, first) * gates
      return rename(contract([weighed, down], to: around + [out]), out, to: model).named("out")
    }
  }
}

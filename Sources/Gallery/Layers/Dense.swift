import Exact
public import TensorPrograms

/// A dense layer: a contraction of one axis of its input with a weight, and a bias if asked for.
///
///     Dense("up", to: hidden)(x)      // x [batch, model]; weight "up" [hidden, model]; value "up.out" [batch, hidden]
///
/// The last axis of the input is contracted unless `over` says which. The standard initialization is
/// `gain / sqrt(fan-in)`; zero for a bias. A frozen layer is not trained.
public struct Dense {
  public var name: String
  public var to: [Dimension]
  public var over: [Dimension]?
  public var bias: Bool
  public var gain: Double
  public var zero: Bool
  public var frozen: Bool
  /// Dimensions by whose root the standard initialization is divided too.
  public var divided: [Dimension] = []

  public init(
    _ name: String, to: Dimension..., over: [Dimension]? = nil, bias: Bool = false, gain: Double = 1,
    zero: Bool = false, frozen: Bool = false
  ) {
    self.init(name, toAll: to, over: over, bias: bias, gain: gain, zero: zero, frozen: frozen)
  }

  public init(
    _ name: String, toAll to: [Dimension], over: [Dimension]? = nil, bias: Bool = false, gain: Double = 1,
    zero: Bool = false, frozen: Bool = false
  ) {
    (self.name, self.to, self.over, self.bias, self.gain) = (name, to, over, bias, gain)
    (self.zero, self.frozen) = (zero, frozen)
  }

  public func callAsFunction(_ x: Value) -> Value {
    let p = x.recorder
    guard x.id != nil else { return x }
    let contracted = over.map { $0.map { Axis($0) } } ?? x.axes.suffix(1)
    let kept = x.axes.filter { !contracted.contains($0) }
    // A layer from a dimension to itself: the new index is primed until the old one is gone.
    let fresh = to.map { dimension in
      var axis = Axis(dimension)
      while x.axes.contains(axis) { axis.primes += 1 }
      return axis
    }
    let deviation = Monomial(gain, (contracted.map(\.dimension) + divided).map { ($0, Rational(-1, 2)) })
    let weight = p.weight(name, fresh + contracted, zero ? .zero : .gaussian(deviation), frozen: frozen)
    var y = contract([x, weight], to: kept + fresh)
    for (axis, dimension) in zip(fresh, to) where axis.primes > 0 && !kept.contains(Axis(dimension)) {
      y = rename(y, axis, to: Axis(dimension))
    }
    if bias { y = y + p.weight(name + ".bias", to.map { Axis($0) }, .zero, frozen: frozen) }
    return y.named(name + ".out")
  }
}

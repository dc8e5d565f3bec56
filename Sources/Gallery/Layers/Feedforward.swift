public import TensorPrograms

/// A dense layer, a nonlinearity, a dense layer back: `NAME.up` and `NAME.down`.
public struct MLP {
  public var name: String
  public var hidden: Dimension
  public var nonlinearity: Nonlinearity
  public var bias: Bool
  /// On the standard deviation of `down`.
  public var gain: Double

  public init(
    _ name: String, hidden: Dimension, _ nonlinearity: Nonlinearity = .gelu, bias: Bool = false, gain: Double = 1
  ) {
    (self.name, self.hidden, self.nonlinearity, self.bias, self.gain) = (name, hidden, nonlinearity, bias, gain)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard let model = x.axes.last else { return x }
    return x.recorder.scope(name) {
      Dense("down", to: model.dimension, bias: bias, gain: gain)(
        map(nonlinearity, Dense("up", to: hidden, bias: bias)(x)))
    }
  }
}

/// A gated linear unit (2002.05202): `down(phi(gate x) * up x)`.
public struct GLU {
  public var name: String
  public var hidden: Dimension
  public var nonlinearity: Nonlinearity

  public init(_ name: String, hidden: Dimension, _ nonlinearity: Nonlinearity = .silu) {
    (self.name, self.hidden, self.nonlinearity) = (name, hidden, nonlinearity)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard let model = x.axes.last else { return x }
    return x.recorder.scope(name) {
      Dense("down", to: model.dimension)(
        map(nonlinearity, Dense("gate", to: hidden)(x)) * Dense("up", to: hidden)(x))
    }
  }
}

/// `x + branch(x)`.
public func residual(_ x: Value, _ branch: (Value) throws -> Value) rethrows -> Value { try x + branch(x) }

public func relu(_ x: Value) -> Value { map(.relu, x) }
public func tanh(_ x: Value) -> Value { map(.tanh, x) }
public func gelu(_ x: Value) -> Value { map(.gelu, x) }
public func silu(_ x: Value) -> Value { map(.silu, x) }
public func sigmoid(_ x: Value) -> Value { map(.sigmoid, x) }

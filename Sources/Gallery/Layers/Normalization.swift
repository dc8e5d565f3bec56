public import TensorPrograms

/// LayerNorm (1607.06450) over one or more axes, the last if none are given, with gain and, unless told otherwise,
/// bias.
///
/// A composition of sums, square, root and division: the calculus knows nothing special about it.
public struct LayerNorm {
  public var name: String
  public var over: [Dimension]?
  /// The dimensions of gain and bias; those normalized over if nil, none if empty.
  public var affine: [Dimension]?
  public var bias: Bool
  public var epsilon: Double

  public init(
    _ name: String, over: [Dimension]? = nil, affine: [Dimension]? = nil, bias: Bool = true, epsilon: Double = 1e-5
  ) {
    (self.name, self.over, self.affine, self.bias, self.epsilon) = (name, over, affine, bias, epsilon)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.id != nil else { return x }
    let axes = over.map { $0.map { Axis($0) } } ?? x.axes.suffix(1)
    let centered = x - mean(x, over: axes)
    let own = affine.map { $0.map { Axis($0) } } ?? axes
    return scaleAndShift(normalize(centered, over: axes, epsilon), name, own, bias: bias)
  }
}

/// RMSNorm (1910.07467) over one or more axes, the last if none are given, with a gain.
public struct RMSNorm {
  public var name: String
  public var over: [Dimension]?
  public var gain: Bool
  public var epsilon: Double

  public init(_ name: String, over: [Dimension]? = nil, gain: Bool = true, epsilon: Double = 1e-5) {
    (self.name, self.over, self.gain, self.epsilon) = (name, over, gain, epsilon)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.id != nil else { return x }
    let axes = over.map { $0.map { Axis($0) } } ?? x.axes.suffix(1)
    let normal = normalize(x, over: axes, epsilon)
    return gain ? scaleAndShift(normal, name, axes, bias: false) : normal
  }
}

/// RMSNorm over the last axis without a gain.
public func rmsNorm(_ x: Value, epsilon: Double = 1e-5) -> Value { RMSNorm("", gain: false, epsilon: epsilon)(x) }

private func normalize(_ x: Value, over axes: [Axis], _ epsilon: Double) -> Value {
  x / map(.sqrt, guarded(mean(map(.square, x), over: axes), epsilon: epsilon))
}

private func scaleAndShift(_ x: Value, _ name: String, _ axes: [Axis], bias: Bool) -> Value {
  guard !axes.isEmpty else { return x }
  let scaled = x * x.recorder.weight(name + ".gain", axes, .constant(1))
  return (bias ? scaled + x.recorder.weight(name + ".bias", axes, .zero) : scaled).named(name + ".out")
}

/// The normalization of a Transformer's stream.
public enum Norm: Sendable {
  case layer(bias: Bool)
  case rms

  /// Over the last axis.
  public func callAsFunction(_ name: String, _ x: Value) -> Value {
    switch self {
    case .layer(let bias): LayerNorm(name, bias: bias)(x)
    case .rms: RMSNorm(name)(x)
    }
  }
}

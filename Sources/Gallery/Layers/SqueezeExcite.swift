public import TensorPrograms

/// Squeeze and excitation (1709.01507): every channel is multiplied by a gate between 0 and 1 that a small network
/// makes of the channels' means over all positions.
///
/// x: `[batch, positions.., channels]`; weights `NAME.down` `[squeezed, channels]` and `NAME.up` `[channels',
/// squeezed]`; result like x.
public struct SqueezeExcite {
  public var name: String
  public var squeezed: Dimension

  public init(_ name: String, squeezed: Dimension) { (self.name, self.squeezed) = (name, squeezed) }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.axes.count > 2, let channels = x.axes.last else { return x }
    return x.recorder.scope(name) {
      let means = mean(x, over: Array(x.axes[1...].dropLast()))
      let gate = sigmoid(Dense("up", to: channels.dimension)(relu(Dense("down", to: squeezed)(means))))
      return (x * gate.named("gate")).named("out")
    }
  }
}

public import TensorPrograms

/// A graph convolution (1609.02907): a sum over each node's neighbours, then a map between features.
///
/// x: `[batch, nodes, features]`, adjacency `[nodes, nodes']`, normalized; weight `NAME` `[to, features]`; result
/// `[batch, nodes, to]`.
public struct GraphConvolution {
  public var name: String
  public var to: Dimension
  public var gain: Double

  public init(_ name: String, to: Dimension, gain: Double = 1) { (self.name, self.to, self.gain) = (name, to, gain) }

  public func callAsFunction(_ x: Value, _ adjacency: Value) -> Value {
    guard let nodes = adjacency.axes.first, let others = adjacency.axes.last else { return x }
    let gathered = contract([rename(x, nodes, to: others), adjacency], to: x.axes)
    return Dense(name, to: to, gain: gain)(gathered)
  }
}

import Exact
public import TensorPrograms

/// A 2-d convolution of each channel by itself (1704.04861), with zero padding of half the window.
///
/// x: `[batch, rows, columns, channels..]`; weight `[channels.., window rows, window columns]`; result like x. The
/// standard initialization is `gain / window`.
public struct DepthwiseConvolution {
  public var name: String
  public var window: Int
  public var gain: Double

  public init(_ name: String, window: Int = 3, gain: Double = 1) {
    (self.name, self.window, self.gain) = (name, window, gain)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.axes.count >= 4, window % 2 == 1 else {
      if let id = x.id {
        x.recorder.fail(
          .shape(
            operation: "depthwise convolution", operands: ["\"\(x.recorder.program[id].name)\" \(x.axes.bracketed)"],
            reason: "its input must have the axes batch, rows, columns, channels, and its window (\(window)) be odd"))
      }
      return Value(x.recorder, nil)
    }
    let windows = patches(of: x, window: window, stride: 1, padding: window / 2)
    let inside = Array(windows.axes.suffix(2))
    let deviation = Monomial(gain, inside.map { ($0.dimension, Rational(-1, 2)) })
    let kernel = x.recorder.weight(name, Array(x.axes[3...]) + inside, .gaussian(deviation))
    return contract([windows, kernel], to: x.axes).named(name + ".out")
  }
}

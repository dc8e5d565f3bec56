import Exact
public import TensorPrograms

/// A 2-d convolution with zero padding of half the window.
///
/// x: `[batch, rows, columns, channels..]`; weight `[out.., channels.., window rows, window columns]`; result
/// `[batch, rows, columns, out..]`, with rows and columns divided by the stride. Channels may be several dimensions
/// (groups and channels of a group).
public struct Convolution {
  public var name: String
  public var to: [Dimension]
  public var window: Int
  public var stride: Int
  public var gain: Double

  public init(_ name: String, to: [Dimension], window: Int = 3, stride: Int = 1, gain: Double = 1) {
    (self.name, self.to, self.window, self.stride, self.gain) = (name, to, window, stride, gain)
  }

  public func callAsFunction(_ x: Value) -> Value {
    guard x.axes.count >= 4 else {
      if let id = x.id {
        x.recorder.fail(
          .shape(
            operation: "convolution", operands: ["\"\(x.recorder.program[id].name)\" \(x.axes.bracketed)"],
            reason: "its input must have the axes batch, rows, columns, channels"))
      }
      return Value(x.recorder, nil)
    }
    let windows = patches(of: x, window: window, stride: stride, padding: window / 2)
    let channels = Array(x.axes[3...])
    let contracted = channels + windows.axes.suffix(2)
    let fresh = to.map { dimension in
      var axis = Axis(dimension)
      while channels.contains(axis) { axis.primes += 1 }
      return axis
    }
    let deviation = Monomial(gain, contracted.map { ($0.dimension, Rational(-1, 2)) })
    let kernel = x.recorder.weight(name, fresh + contracted, .gaussian(deviation))
    var y = contract([windows, kernel], to: windows.axes[..<3] + fresh)
    for (axis, dimension) in zip(fresh, to) where axis.primes > 0 { y = rename(y, axis, to: Axis(dimension)) }
    return y.named(name + ".out")
  }
}

/// The mean over windows of `window` by `window` pixels that do not overlap.
///
/// x: `[batch, rows, columns, ..]`, both sizes divisible by the window.
public func averagePool(_ x: Value, window: Int) -> Value {
  let windows = patches(of: x, window: window, stride: window, padding: 0)
  return mean(windows, over: windows.axes.suffix(2))
}

/// The largest of each window of `window` by `window` pixels; windows do not overlap unless a stride says so.
///
/// x: `[batch, rows, columns, ..]`.
public func maximumPool(_ x: Value, window: Int, stride: Int? = nil) -> Value {
  let windows = patches(of: x, window: window, stride: stride ?? window, padding: 0)
  return windows.axes.suffix(2).reversed().reduce(windows) { maximum(of: $0, along: $1) }
}

/// Windows over the second and third axis.
func patches(of x: Value, window: Int, stride: Int, padding: Int) -> Value {
  guard x.axes.count >= 3, window > 0, stride > 0 else { return x }
  let (rows, columns) = (x.axes[1], x.axes[2])
  func places(_ axis: Axis) -> Axis {
    guard axis.dimension.size.isFixed else { return axis }
    let size = Int(axis.dimension.size.coefficient.double)
    let made = (size + 2 * padding - window) / stride + 1
    if made == size { return axis }
    // Named by its size: rows of 8 become rows of 4.
    let stem = axis.dimension.name.prefix { !$0.isNumber }
    return Axis(Dimension("\(stem)\(max(made, 1))", max(made, 1)))
  }
  let across = Dimension("window\(window)", window)
  return patches(
    x,
    .init(
      rows: rows, columns: columns, toRows: places(rows), toColumns: places(columns),
      windowRows: Axis(across), windowColumns: Axis(across, primes: 1), stride: stride, padding: padding))
}

import Exact
public import TensorPrograms

/// A convolution of all positions of a fixed axis, done in the space of its lowest Fourier modes (FNO, 2010.08895):
/// transform, a complex matrix between channels for each mode, transform back.
///
/// x: `[batch, .., channels]`; weights `NAME.real` and `NAME.imaginary` `[modes, channels', channels]`; result like x.
public struct SpectralConvolution {
  public var name: String
  public var modes: Dimension

  public init(_ name: String, modes: Int) { (self.name, self.modes) = (name, Dimension("modes", modes)) }

  public func callAsFunction(_ x: Value, along positions: Axis) -> Value {
    let p = x.recorder
    guard let channels = x.axes.last else { return x }
    return p.scope(name) {
      let (mode, out) = (Axis(modes), Axis(channels.dimension, primes: channels.primes + 1))
      let (cosines, sines) = (p.constant(.cosines, [mode, positions]), p.constant(.sines, [mode, positions]))
      // A complex matrix has the variance in its two parts together.
      let deviation = Monomial(0.5.squareRoot(), [(channels.dimension, Rational(-1, 2))])
      let real = p.weight("real", [mode, out, channels], .gaussian(deviation))
      let imaginary = p.weight("imaginary", [mode, out, channels], .gaussian(deviation))
      let inside = x.axes.map { $0 == positions ? mode : $0 }
      let (re, im) = (contract([x, cosines], to: inside), contract([x, sines], to: inside))
      let after = inside.map { $0 == channels ? out : $0 }
      // The transform is re - i im, and so is what comes back.
      let toRe = contract([re, real], to: after) + contract([im, imaginary], to: after)
      let toIm = contract([im, real], to: after) - contract([re, imaginary], to: after)
      let back = x.axes.map { $0 == channels ? out : $0 }
      let whole = contract([toRe, cosines], to: back) + contract([toIm, sines], to: back)
      return rename(whole, out, to: channels).named("out")
    }
  }
}

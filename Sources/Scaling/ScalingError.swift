import TensorPrograms

/// What can go wrong in a derivation.
public enum ScalingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exponents did not settle; a program of which the calculus cannot say how it scales.
  case unsettled(program: String, passes: Int)
  /// An exponent with a numerator or denominator beyond a thousand million, given or arrived at.
  case outOfRange(String)
  /// A tensor with more growing axes than the calculus follows.
  case tooManyGrowingAxes(value: String, axes: String)
  /// A name with a component that weights do not have.
  case notAnExponent(String)

  public var description: String {
    switch self {
    case .unsettled(let program, let passes):
      "the exponents of \"\(program)\" did not settle in \(passes) rounds; please report the program"
    case .outOfRange(let what): "the exponent \(what) is out of range; give simpler fractions"
    case .tooManyGrowingAxes(let value, let axes):
      "\"\(value)\" \(axes) has more than \(Characters.mostAxes) growing axes; fix the size of one or split the tensor"
    case .notAnExponent(let text):
      "\"\(text)\" does not set an exponent; write NAME.a=1/2, NAME.b=1/2 or NAME.c=1, with NAME a weight"
    }
  }
}

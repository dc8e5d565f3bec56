/// What can go wrong in a derivation.
public enum ScalingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exponents did not settle; a program of which the calculus cannot say how it scales.
  case unsettled(program: String, passes: Int)
  /// A name with a component that weights do not have.
  case notAnExponent(String)

  public var description: String {
    switch self {
    case .unsettled(let program, let passes):
      "the exponents of \"\(program)\" did not settle in \(passes) rounds; please report the program"
    case .notAnExponent(let text):
      "\"\(text)\" does not set an exponent; write NAME.a=1/2, NAME.b=1/2 or NAME.c=1, with NAME a weight"
    }
  }
}

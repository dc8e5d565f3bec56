public import Exact
import TensorPrograms

/// What a user holds fixed while the rest is made as large as it may be. Names are patterns in which `*` stands for
/// any letters.
///
///     readout.b=1/2      readout starts with standard deviation n^(-1/2)
///     attention.*=0      these multipliers are constant
public enum Constraint: Sendable, Hashable {
  public enum Part: String, Sendable, Hashable, Codable { case a, b, c }

  /// One exponent of all weights that fit.
  case fix(pattern: String, Part, Rational)
  /// The exponent of all free multipliers that fit.
  case fixMultiplier(pattern: String, Rational)
  /// The same learning rate, as a power of width, for all weights that fit; `*` is one global rate.
  case equalRates(pattern: String)
  /// No weight has a multiplier of its own, and free multipliers are as in the standard parametrization.
  case noMultipliers
  /// Initial sizes and multipliers of the standard parametrization: what is left are the rates.
  case standardInitialization

  /// From `NAME.b=1/2`, or `MULTIPLIER=-1/2`; what a name is, the program tells.
  ///
  /// Throws ``ScalingError/notAnExponent(_:)``.
  public init(_ text: String, multipliers: [String]) throws {
    guard let equals = text.lastIndex(of: "="), let value = Rational(String(text[text.index(after: equals)...])) else {
      throw ScalingError.notAnExponent(text)
    }
    let target = String(text[..<equals])
    if multipliers.contains(where: { Parametrization.matches($0, target) }) {
      self = .fixMultiplier(pattern: target, value)
      return
    }
    guard let dot = target.lastIndex(of: "."), let part = Part(rawValue: String(target[target.index(after: dot)...]))
    else { throw ScalingError.notAnExponent(text) }
    self = .fix(pattern: String(target[..<dot]), part, value)
  }
}

extension Constraint: CustomStringConvertible {
  public var description: String {
    switch self {
    case .fix(let pattern, let part, let value): "\(pattern).\(part)=\(value)"
    case .fixMultiplier(let pattern, let value): "\(pattern)=\(value)"
    case .equalRates("*"): "one global rate"
    case .equalRates(let pattern): "equal rates for \(pattern)"
    case .noMultipliers: "no multipliers"
    case .standardInitialization: "standard initialization"
    }
  }
}

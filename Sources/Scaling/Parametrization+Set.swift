import Exact
import TensorPrograms

extension Parametrization {
  /// Sets an exponent by text: `readout.b=1/2`, `*.c=1`, `blocks.*.attention.scale=-1/2`.
  ///
  /// Throws: ``ScalingError/notAnExponent(_:)``; ``ProgramError/unknownWeight(_:known:)``.
  public mutating func set(_ text: String) throws {
    guard let equals = text.lastIndex(of: "="), let value = Rational(String(text[text.index(after: equals)...])) else {
      throw ScalingError.notAnExponent(text)
    }
    let target = text[..<equals]
    var found = false
    for k in multipliers.indices where Parametrization.matches(multipliers[k].name, String(target)) {
      multipliers[k].exponent = value
      found = true
    }
    if found {
      name = "given"
      return
    }
    guard let dot = target.lastIndex(of: ".") else { throw ScalingError.notAnExponent(text) }
    let weight = String(target[..<dot])
    let component = target[target.index(after: dot)...]
    guard ["a", "b", "c"].contains(component) else { throw ScalingError.notAnExponent(text) }
    for k in weights.indices where Parametrization.matches(weights[k].name, weight) {
      switch component {
      case "a": weights[k].exponents.a = value
      case "b": weights[k].exponents.b = value
      default: weights[k].exponents.c = value
      }
      found = true
    }
    guard found else {
      throw ProgramError.unknownWeight(weight, known: weights.map(\.name) + multipliers.map(\.name))
    }
    name = "given"
  }

  static func matches(_ name: String, _ pattern: String) -> Bool { name.fits(pattern) }
}

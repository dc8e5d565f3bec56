public import Exact
import TensorPrograms

/// What can go wrong in a derivation.
public enum ScalingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exponents did not settle; a program of which the calculus cannot say how it scales.
  case unsettled(program: String, passes: Int)
  /// A given exponent with which something grows, whatever the others are.
  case tooLarge(unknown: String, value: String, exponent: Rational, step: Int)
  /// A value that grows whatever the exponents are: the program has no maximal update parametrization.
  case growsAnyway(value: String, line: String, step: Int, exponent: Rational)
  /// Two roads to the exponents disagree: a run under those that were found has a value that grows.
  case unconfirmed(value: String, line: String, step: Int, exponent: Rational, optimizer: String)
  /// Data with a growing axis select along a growing axis: neither a few of its entries nor all.
  case selectsManyOfMany(indices: String, axes: String, below: String)
  /// Constraints that can't hold together without something growing: the smallest set of them.
  case infeasible(constraints: [String], because: [String])
  /// An exponent with a numerator or denominator beyond a thousand million, given or arrived at.
  case outOfRange(String)
  /// A tensor with more growing axes than the calculus follows.
  case tooManyGrowingAxes(value: String, axes: String)
  /// A name with a component that weights do not have.
  case notAnExponent(String)
  /// A gauge that does not exist.
  case unknownGauge(String, known: [String])
  /// A parametrization that does not exist.
  case unknownParametrization(String, known: [String])
  /// A weight whose multiplier cannot be changed without changing what its optimizer's step does.
  case noOtherGauge(weight: String, optimizer: String)
  /// A run that is empty, or too long to be listed.
  case steps(Int, most: Int)

  public var description: String {
    switch self {
    case .unsettled(let program, let passes):
      "the exponents of \"\(program)\" did not settle in \(passes) rounds; please report the program"
    case .tooLarge(let unknown, let value, let exponent, let step):
      "with \(unknown) as given, \"\(value)\" grows as \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")")
    case .growsAnyway(let value, let line, let step, let exponent):
      "no parametrization keeps \"\(value)\" from growing: it is of size \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")")
        + " whatever the initial sizes and rates are (\(line)); a multiplier \((-exponent).asPowerOfWidth) behind it "
        + "would mend it"
    case .unconfirmed(let value, let line, let step, let exponent, let optimizer):
      "no answer for \(optimizer): the exponents that were found are not confirmed. Followed step by step, a run under "
        + "them has \"\(value)\" of size \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")")
        + " (\(line)). Try another optimizer, or take that value apart: normalize it, or put a power of the width behind it"
    case .selectsManyOfMany(let indices, let axes, let below):
      "\"\(indices)\" \(axes) grows itself and selects along \"\(below)\", which grows too: it selects neither a few "
        + "entries nor all of them; fix the size of one of the two"
    case .infeasible(let constraints, let because):
      "no parametrization keeps features from growing or vanishing under \(constraints.joined(separator: " and "))"
        + (because.isEmpty ? "" : ": " + because.joined(separator: ", or ")) + "; give up one of the constraints"
    case .outOfRange(let what): "the exponent \(what) is out of range; give simpler fractions"
    case .tooManyGrowingAxes(let value, let axes):
      "\"\(value)\" \(axes) has more than \(Characters.mostAxes) growing axes; fix the size of one or split the tensor"
    case .notAnExponent(let text):
      "\"\(text)\" does not set an exponent; write NAME.a=1/2, NAME.b=1/2 or NAME.c=1, with NAME a weight"
    case .steps(let steps, let most): "a listing has from 1 to \(most) steps, not \(steps)"
    case .unknownGauge(let name, let known):
      "no gauge named \"\(name)\"" + ProgramError.suggestion(name, known)
    case .unknownParametrization(let name, let known):
      "no parametrization named \"\(name)\"" + ProgramError.suggestion(name, known)
    case .noOtherGauge(let weight, let optimizer):
      "the gauge of \"\(weight)\" cannot be changed under \(optimizer): what its step becomes when the weight grows and "
        + "its gradient shrinks by the same factor is no power of that factor; use the multiplier-free gauge"
    }
  }
}

public import Exact
import TensorPrograms

extension Derivation {
  /// What must be known beside a table of exponents.
  public enum Remark: Sendable, Hashable {
    /// A weight that training never moves, though it is not frozen.
    case neverLearns(weight: String, because: String)
    /// A value that has to be smaller than it should be, since nothing else can keep a sum from growing.
    case conflict(value: String, line: String, exponent: Rational)
  }
}

extension Derivation.Remark: CustomStringConvertible {
  public var description: String {
    switch self {
    case .neverLearns(let weight, let because): "\(weight) never learns: \(because)"
    case .conflict(let value, let line, let exponent):
      "conflict: \(value) vanishes as \(exponent.asPowerOfWidth), since a sum that it enters would grow and no multiplier "
        + "follows that sum; a multiplier behind it that shrinks with the width would keep its factors at 1 (\(line))"
    }
  }
}

extension Program {
  /// Confirms a parametrization by another road than the one that found it: the run under its own exponents is followed
  /// literally, optimizer's step and all, until it repeats. Nothing whose scale matters may grow in it, and no feature
  /// vanish that was not small before, or it is told.
  ///
  /// Throws ``ScalingError/unconfirmed(value:line:step:exponent:optimizer:)``.
  func remarks(on parametrization: Parametrization, _ optimizer: Optimizer) throws -> [Derivation.Remark] {
    let run = try LiteralRun(self, optimizer, parametrization)
    for _ in 0..<Program.confirmedSteps {
      if run.hardBlowUp != nil || !run.advance() { break }
    }
    if let found = run.hardBlowUp {
      throw ScalingError.unconfirmed(
        value: run.program.knownName(found.site), line: run.program.line(found.site), step: found.step,
        exponent: found.exponent.rational, optimizer: optimizer.name)
    }
    guard let conflict = run.smallFeature else { return [] }
    return [
      .conflict(
        value: run.program.knownName(conflict.site), line: run.program.line(conflict.site),
        exponent: conflict.exponent.rational)
    ]
  }

  /// A run repeats after a handful of steps; what has not grown until then does not.
  private static var confirmedSteps: Int { 8 }
}

public import Exact
import TensorPrograms

extension Derivation {
  /// What must be known beside a table of exponents.
  public enum Remark: Sendable, Hashable {
    /// A weight that training never moves, though it is not frozen.
    case neverLearns(weight: String, because: String)
    /// A value that has to be smaller than it should be, since nothing else can keep a sum from growing.
    case conflict(value: String, line: String, exponent: Rational)
    /// A run under these very exponents, followed step by step, has a value that grows: they are not to be trusted.
    case doubt(value: String, line: String, step: Int, exponent: Rational)
  }
}

extension Derivation.Remark: CustomStringConvertible {
  public var description: String {
    switch self {
    case .neverLearns(let weight, let because): "\(weight) never learns: \(because)"
    case .conflict(let value, let line, let exponent):
      "conflict: \(value) vanishes as \(exponent.asPowerOfWidth), since a sum that it enters would grow and no multiplier "
        + "follows that sum; a multiplier \((exponent + exponent).asPowerOfWidth) behind it would keep both factors at 1 "
        + "(\(line))"
    case .doubt(let value, let line, let step, let exponent):
      "not confirmed: followed step by step, a run with these exponents has \(value) of size \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")")
        + " (\(line)); check them by measurement before you use them"
    }
  }
}

extension Program {
  /// Confirms a parametrization by another road than the one that found it: the run under its own exponents is followed
  /// literally, optimizer's step and all, until it repeats. Nothing whose scale matters may grow in it, and no feature
  /// vanish that was not small before.
  func remarks(on parametrization: Parametrization, _ optimizer: Optimizer) throws -> [Derivation.Remark] {
    let run = try LiteralRun(self, optimizer, parametrization)
    for _ in 0..<Program.confirmedSteps {
      if run.hardBlowUp != nil || !run.advance() { break }
    }
    if let found = run.hardBlowUp {
      return [
        .doubt(
          value: run.program.knownName(found.site), line: run.program.line(found.site), step: found.step,
          exponent: found.exponent.rational)
      ]
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

package import TensorPrograms
package import TestSupport

/// A way to write a program otherwise, with what its answer must then be.
package struct Transform: Sendable {
  package let name: String
  private let apply: @Sendable (Program, Answer, LawOptimizer, inout SplitMix) throws -> Rewritten?

  /// A program written otherwise.
  package struct Rewritten {
    package var program: Program
    /// What must be answered to it.
    package var expected: Answer
  }

  /// `apply` is told the answer to the program, and gives nil where there is nothing to write otherwise.
  package init(
    named name: String,
    _ apply: @escaping @Sendable (Program, Answer, LawOptimizer, inout SplitMix) throws -> Rewritten?
  ) {
    (self.name, self.apply) = (name, apply)
  }

  /// One that changes no answer.
  package init(_ name: String, _ apply: @escaping @Sendable (Program, inout SplitMix) throws -> Program?) {
    self.init(named: name) { program, answer, _, random in
      try apply(program, &random).map { Rewritten(program: $0, expected: answer) }
    }
  }

  package func callAsFunction(
    _ program: Program, _ answer: Answer, _ optimizer: LawOptimizer, seed: UInt64
  ) throws -> Rewritten? {
    var random = SplitMix(seed: seed)
    return try apply(program, answer, optimizer, &random)
  }

  /// Every one of them.
  package static let all: [Transform] =
    operands + contractions + writtenOut + orders + copies + stacks + passages + factors
}

/// A program and the same written otherwise, to which the answers differ.
package struct Violation: CustomStringConvertible {
  package var transform: String
  package var optimizer: LawOptimizer
  package var program: Program
  package var rewritten: Program
  package var expected: Answer
  package var found: Answer

  package var description: String {
    """
    \(transform), \(optimizer.rawValue):
    \(found.differences(from: expected).joined(separator: "\n"))
    \(program.text)
    written otherwise:
    \(rewritten.text)
    """
  }
}

extension Transform {
  /// What a transform was found to do to the answer to one program.
  package enum Outcome {
    case holds
    case doesNotApply
    /// One of the two got no answer, since what was found was not confirmed.
    case unconfirmed
    case violated(Violation)
  }

  /// Tries the transform on a program to which the answer is known.
  package func check(_ program: Program, _ answer: Answer, _ optimizer: LawOptimizer, seed: UInt64) throws -> Outcome {
    guard let other = try self(program, answer, optimizer, seed: seed) else { return .doesNotApply }
    let found = try other.program.answer(optimizer)
    if found == other.expected { return .holds }
    if found.isUnconfirmed || answer.isUnconfirmed { return .unconfirmed }
    return .violated(
      Violation(
        transform: name, optimizer: optimizer, program: program, rewritten: other.program, expected: other.expected,
        found: found))
  }
}

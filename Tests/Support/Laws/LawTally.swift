package import TensorPrograms
import TestSupport

/// What was tried with each transform, and what came of it.
package struct LawTally {
  package private(set) var counts: [String: Counts] = [:]
  package private(set) var violations: [Violation] = []
  /// Answers to programs as they were, and how many of them were refusals.
  package private(set) var answered = 0
  package private(set) var refused = 0
  package private(set) var unconfirmed = 0

  package struct Counts {
    package var held = 0
    package var unconfirmed = 0
    package var violated = 0
  }

  package init() {}

  /// Tries transforms on one program: all that apply, or only some by chance.
  package mutating func run(
    _ program: Program, seed: UInt64, transforms: [Transform] = Transform.all,
    optimizers: [LawOptimizer] = LawOptimizer.allCases, oneIn: Int = 1
  ) throws {
    var random = SplitMix(seed: seed)
    for optimizer in optimizers {
      let answer = try program.answer(optimizer)
      answered += 1
      if case .refused = answer { refused += 1 }
      if answer.isUnconfirmed { unconfirmed += 1 }
      for transform in transforms {
        let seed = random.next()
        if oneIn > 1, Int.random(in: 0..<oneIn, using: &random) > 0 { continue }
        switch try transform.check(program, answer, optimizer, seed: seed) {
        case .holds: counts[transform.name, default: Counts()].held += 1
        case .doesNotApply: break
        case .unconfirmed: counts[transform.name, default: Counts()].unconfirmed += 1
        case .violated(let violation):
          counts[transform.name, default: Counts()].violated += 1
          violations.append(violation)
        }
      }
    }
  }

  package var tried: Int { counts.values.reduce(0) { $0 + $1.held + $1.unconfirmed + $1.violated } }
}

extension Transform {
  /// A violation by a program that is as small as it can be made.
  package func shrunk(_ violation: Violation, tries: UInt64 = 8) -> Violation {
    func failing(_ program: Program) -> Violation? {
      guard let answer = try? program.answer(violation.optimizer) else { return nil }
      for seed in 0..<tries {
        if case .violated(let found)? = try? check(program, answer, violation.optimizer, seed: seed) { return found }
      }
      return nil
    }
    guard failing(violation.program) != nil else { return violation }
    let small = violation.program.shrunk { failing($0) != nil }
    return failing(small) ?? violation
  }
}

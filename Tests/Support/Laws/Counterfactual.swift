import Exact
import Scaling
package import TensorPrograms
import TestSupport

/// The test of an explanation by what would be otherwise. It names the value where a contribution bound an exponent:
/// with a factor n^(-1/2) behind that value (before it, where
/// what enters a function was judged) the exponent must be freer. With such a factor behind another value, from
/// which nothing comes there, it must not be.
package struct Counterfactual {
  /// What was found of one explanation.
  package struct Fault: CustomStringConvertible {
    package var weight: String
    package var isRate: Bool
    /// The line that was given a factor.
    package var line: String
    package var wasNamed: Bool
    package var found: String
    package var program: Program

    package var description: String {
      """
      \(isRate ? "the update" : "the start") of \(weight) is \(wasNamed ? "not freer" : "freer") with n^(-1/2) behind \
      \(wasNamed ? "what is named" : "another value"): \(line)
      \(found)
      \(program.text)
      """
    }
  }

  /// Explanations whose named value was given a factor, and of those that were given one elsewhere; both were judged.
  package private(set) var named = 0
  package private(set) var others = 0
  /// What could not be judged, by the reason.
  package private(set) var skipped: [Skip: Int] = [:]

  package enum Skip: String, CaseIterable, Sendable {
    case unanswered = "programs without an answer"
    case severalUses = "weights of several uses"
    case outsideForward = "bound in the gradient or the step"
    case noOther = "no other value to give a factor"
    case unansweredThen = "no answer with the factor"
  }

  package private(set) var faults: [Fault] = []

  package init() {}

  /// Tries every explanation of a program, or some by chance. Weights that are used at several places are left out: what
  /// binds them there may bind them twice.
  package mutating func run(_ whole: Program, _ optimizer: LawOptimizer, seed: UInt64, oneIn: Int = 1) throws {
    var random = SplitMix(seed: seed)
    let derivation: Derivation
    do { derivation = try whole.maximalUpdate(optimizer: optimizer.optimizer, folding: false) } catch is ScalingError {
      return skip(.unanswered)
    }
    let program = derivation.program.forwardPass
    guard let before = try program.answer(optimizer).rules else { return skip(.unanswered) }
    let uses = program.uses
    var reasons: [(weight: String, isRate: Bool, site: Int)] = []
    for facts in derivation.weights {
      guard let id = program.value(named: facts.name), uses[id.index] == 1 else {
        skip(.severalUses)
        continue
      }
      reasons += [(false, facts.initialReason), (true, facts.rateReason)].compactMap { isRate, reason in
        reason.map { (facts.name, isRate, $0.site.index) }
      }
    }
    for reason in reasons where oneIn == 1 || Int.random(in: 0..<oneIn, using: &random) == 0 {
      guard program.forward.contains(reason.site) else {
        skip(.outsideForward)
        continue
      }
      if try check(program, before, optimizer, reason, at: reason.site, isFreer: true) { named += 1 }
      let upstream = program.upstream(of: reason.site)
      let other = reasons.map(\.site).filter { !upstream.contains($0) }.randomElement(using: &random)
      guard let other else {
        skip(.noOther)
        continue
      }
      if try check(program, before, optimizer, reason, at: other, isFreer: false) { others += 1 }
    }
  }

  private mutating func skip(_ reason: Skip) { skipped[reason, default: 0] += 1 }

  /// Whether it could be judged.
  private mutating func check(
    _ program: Program, _ before: Answer.Rules, _ optimizer: LawOptimizer,
    _ reason: (weight: String, isRate: Bool, site: Int), at site: Int, isFreer: Bool
  ) throws -> Bool {
    guard let dimension = program.growingDimension else {
      skip(.unanswered)
      return false
    }
    let factor = Monomial(1, [(dimension, Rational(-1, 2) / dimension.growth)])
    let relaxed = try program.rewritten { place in
      guard place.index == site else { return nil }
      // Of a function it is the argument whose size is judged.
      switch place.instruction.role {
      case .function, .nonlinear: return place.same(place.operands.map { scale($0, by: factor) })
      default: return scale(place.same(), by: factor)
      }
    }
    let answer = try relaxed.answer(optimizer)
    guard let after = answer.rules?.weights[reason.weight], let old = before.weights[reason.weight] else {
      skip(.unansweredThen)
      return false
    }
    let holds: Bool
    if reason.isRate {
      guard let new = after.update, let level = old.update else {
        skip(.unansweredThen)
        return false
      }
      holds = isFreer ? new > level : new <= level
    } else {
      holds = isFreer ? after.size < old.size : after.size >= old.size
    }
    if holds { return true }
    faults.append(
      Fault(
        weight: reason.weight, isRate: reason.isRate, line: program.line(site), wasNamed: isFreer,
        found: answer.differences(from: .derived(before)).joined(separator: "\n"), program: program))
    return true
  }
}

extension Program {
  /// An instruction and all that it is made of.
  fileprivate func upstream(of site: Int) -> Set<Int> {
    var result: Set<Int> = [site]
    for i in (0...site).reversed() where result.contains(i) {
      result.formUnion(instructions[i].operands.map(\.index))
    }
    return result
  }
}

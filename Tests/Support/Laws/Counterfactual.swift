import Exact
package import Scaling
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

  package private(set) var named = 0
  package private(set) var others = 0
  package private(set) var faults: [Fault] = []

  package init() {}

  /// Tries every explanation of a program, or some by chance. Weights that are used at several places are left out: what
  /// binds them there may bind them twice.
  package mutating func run(_ whole: Program, _ optimizer: LawOptimizer, seed: UInt64, oneIn: Int = 1) throws {
    var random = SplitMix(seed: seed)
    guard let derivation = try? whole.maximalUpdate(optimizer: optimizer.optimizer, folding: false) else { return }
    let program = derivation.program.forwardPass
    guard let before = try program.answer(optimizer).rules else { return }
    let uses = program.uses
    let reasons = derivation.weights.flatMap { facts -> [(weight: String, isRate: Bool, site: Int)] in
      guard let id = program.value(named: facts.name), uses[id.index] == 1 else { return [] }
      return [(false, facts.initialReason), (true, facts.rateReason)].compactMap { isRate, reason in
        reason.map { (facts.name, isRate, $0.site.index) }
      }
    }
    for reason in reasons where oneIn == 1 || Int.random(in: 0..<oneIn, using: &random) == 0 {
      guard program.forward.contains(reason.site) else { continue }
      named += 1
      try check(program, before, optimizer, reason, at: reason.site, isFreer: true)
      let upstream = program.upstream(of: reason.site)
      let other = reasons.map(\.site).filter { !upstream.contains($0) }.randomElement(using: &random)
      guard let other else { continue }
      others += 1
      try check(program, before, optimizer, reason, at: other, isFreer: false)
    }
  }

  private mutating func check(
    _ program: Program, _ before: Answer.Rules, _ optimizer: LawOptimizer,
    _ reason: (weight: String, isRate: Bool, site: Int), at site: Int, isFreer: Bool
  ) throws {
    guard let dimension = program.growingDimension else { return }
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
    guard let after = answer.rules?.weights[reason.weight], let old = before.weights[reason.weight] else { return }
    let holds: Bool
    if reason.isRate {
      guard let new = after.update, let level = old.update else { return }
      holds = isFreer ? new > level : new <= level
    } else {
      holds = isFreer ? after.size < old.size : after.size >= old.size
    }
    if holds { return }
    faults.append(
      Fault(
        weight: reason.weight, isRate: reason.isRate, line: program.line(site), wasNamed: isFreer,
        found: answer.differences(from: .derived(before)).joined(separator: "\n"), program: program))
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

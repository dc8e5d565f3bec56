public import Exact
public import TensorPrograms

/// What becomes of a network under given exponents as the width goes to infinity (Tensor Programs IV, 2011.14522,
/// section 3).
public struct Classification: Sendable {
  public enum Regime: String, Sendable, Codable {
    case featureLearning = "feature learning"
    case kernel
    case trivial
    case unstable
  }

  /// At initialization features are of size 1 and outputs at most; and no update changes that.
  public var isStable: Bool
  /// The loss changes by training, by an amount that does not vanish.
  public var isNontrivial: Bool
  public var regime: Regime
  /// The change of features is n^-r; the least of all layers. Nil if no feature ever changes, or if unstable.
  public var r: Rational?
  public var layers: [Layer]
  /// Why it is unstable, and where first.
  public var failure: Failure?

  /// One layer's features.
  public struct Layer: Sendable {
    public var name: String
    /// The features' change is n^-r; nil if they never change.
    public var r: Rational?
  }

  public enum Failure: Sendable, Hashable {
    /// A value of the forward pass is of size n^exponent after `step` updates.
    case blowsUp(value: String, line: String, step: Int, exponent: Rational)
    /// Features vanish at initialization, though what they are made of does not.
    case vanishes(value: String, line: String, exponent: Rational)
  }
}

extension Program {
  /// Follows a run under the given exponents until they repeat or something blows up.
  ///
  /// Throws: ``ProgramError/noLoss(program:)``, ``ProgramError/unknownWeight(_:known:)``,
  /// ``ProgramError/notDifferentiable(_:)``, ``ScalingError/unsettled(program:passes:)``.
  public func classify(_ parametrization: Parametrization, optimizer: Optimizer) throws -> Classification {
    let run = try LiteralRun(self, optimizer, parametrization)
    let program = run.program
    let features = program.features
    var failure: Classification.Failure?
    if run.blowUp == nil {
      let inherited = run.inheritedSmallness()
      for id in features where !inherited[id.index] {
        if let exponent = run[id].exponent, exponent < 0 {
          failure = .vanishes(
            value: program.knownName(id.index), line: program.line(id.index), exponent: exponent.rational)
          break
        }
      }
    }
    var changes = [Rational?](repeating: nil, count: features.count)
    var lossChange: Rational?
    var hasSettled = false
    for _ in 0..<Self.longestRun {
      if run.blowUp != nil || failure != nil { break }
      let changed = run.advance()
      for (k, id) in features.enumerated() {
        if let exponent = run[id].updateExponent {
          changes[k] = max(changes[k] ?? exponent.rational, exponent.rational)
        }
      }
      if let loss = program.loss, let exponent = run[loss].updateExponent {
        lossChange = max(lossChange ?? exponent.rational, exponent.rational)
      }
      if !changed {
        hasSettled = true
        break
      }
    }
    guard hasSettled || run.blowUp != nil || failure != nil else {
      throw ScalingError.unsettled(program: self.name, passes: Self.longestRun)
    }
    if let blowUp = run.blowUp {
      failure = .blowsUp(
        value: program.knownName(blowUp.site), line: program.line(blowUp.site), step: blowUp.step,
        exponent: blowUp.exponent.rational)
    }
    let stable = failure == nil
    let nontrivial = lossChange.map { $0 >= 0 } ?? false
    let named = features.contains { !program.knownName($0.index).hasPrefix("%") }
    let layers = zip(features, changes).filter { id, _ in !named || !program.knownName(id.index).hasPrefix("%") }.map {
      Classification.Layer(name: program.knownName($0.index), r: stable ? $1.map { -$0 } : nil)
    }
    let r = stable ? changes.compactMap { $0 }.max().map { -$0 } : nil
    let regime: Classification.Regime =
      !stable ? .unstable : !nontrivial ? .trivial : (r.map { $0 <= 0 } ?? false) ? .featureLearning : .kernel
    return Classification(
      isStable: stable, isNontrivial: stable && nontrivial, regime: regime, r: r, layers: layers, failure: failure)
  }

  /// A run repeats long before; one that does not is an error.
  private static var longestRun: Int { 64 }

  /// The preactivations: what enters a nonlinearity along a growing axis, divisions apart, and depends on a weight
  /// that is trained.
  var features: [ValueID] {
    let judgement = Judgement(self)
    var found: [ValueID] = []
    var moves = [Bool](repeating: false, count: forward.count)
    for i in forward {
      let instruction = instructions[i]
      moves[i] =
        (instruction.primitive as? Weight).map { !$0.isFrozen } ?? instruction.operands.contains { moves[$0.index] }
      let operand: ValueID
      if let map = instruction.primitive as? Map {
        if map.nonlinearity.profile.homogeneity != nil, map.nonlinearity.profile.parity != .neither { continue }
        if judgement.isDenominator[i] { continue }
        operand = instruction.operands[0]
      } else if instruction.primitive is Contract, instruction.operands.contains(where: { isWeight($0) }) {
        guard let data = instruction.operands.first(where: { !isWeight($0) }) else { continue }
        operand = data
      } else {
        continue
      }
      if self[operand].axes.contains(where: { !$0.growth.isZero }), !found.contains(operand), !isWeight(operand),
        moves[operand.index]
      {
        found.append(operand)
      }
    }
    return found
  }

  /// Whether a value is a weight, or a weight times its multiplier.
  func isWeight(_ id: ValueID) -> Bool {
    let instruction = self[id]
    if instruction.primitive is Weight { return true }
    if instruction.primitive is ScaleBy || instruction.primitive is Rename { return isWeight(instruction.operands[0]) }
    return false
  }
}

public import Exact
public import TensorPrograms

/// What the calculus expects of the alignment of a weight with what it meets: 1 where the law of large numbers
/// decides, 1/2 where the central limit does (log-alignment ratios; Everett et al., 2407.05872, section 3).
public struct ExpectedAlignment: Sendable, Hashable, Codable {
  public var weight: String
  /// Counts the contractions of this weight in recorded order, from 1.
  public var use: Int
  /// Updates made.
  public var step: Int
  /// The weight's update with what was there at initialization; nil where one of the two is zero.
  public var alpha: Rational?
  /// The initial weight with the change of what it meets.
  public var omega: Rational?
  /// The update with the change.
  public var u: Rational?
}

extension Program {
  /// The alignments that the calculus expects after 0, 1, .. `steps` updates under a parametrization, in the order of
  /// steps and then of ``weightContractions``.
  ///
  /// Throws as ``predictions(_:optimizer:steps:)``.
  public func expectedAlignments(
    _ parametrization: Parametrization, optimizer: Optimizer, steps: Int
  ) throws -> [ExpectedAlignment] {
    let run = try LiteralRun(self, optimizer, parametrization)
    let contractions = run.program.weightContractions
    var result: [ExpectedAlignment] = []
    for step in 0...max(0, steps) {
      if step > 0 { _ = run.advance() }
      var uses: [ValueID: Int] = [:]
      for contraction in contractions {
        uses[contraction.weight, default: 0] += 1
        result.append(
          ExpectedAlignment(
            weight: run.program[contraction.weight].name, use: uses[contraction.weight] ?? 1, step: step,
            alpha: run.alignment(contraction, .update, .initial), omega: run.alignment(contraction, .initial, .update),
            u: run.alignment(contraction, .update, .update)))
      }
    }
    return result
  }
}

extension LiteralRun {
  /// What the sum over the growing axes is worth, per unit of their growth, for one part of each operand.
  fileprivate func alignment(
    _ contraction: WeightContraction, _ weight: Component.Origin, _ other: Component.Origin
  ) -> Rational? {
    let instruction = program[contraction.result]
    let parts = instruction.operands.map { operand in
      Scale(self[operand].components.filter { $0.origin == (operand == contraction.factor ? weight : other) })
    }
    guard let a = parts[0].exponent, let b = parts[1].exponent else { return nil }
    let context = walker.context
    guard let product = context.contract(parts, at: context.sites[contraction.result.index]).exponent else {
      return nil
    }
    return (product - a - b).rational / contraction.summed.reduce(.zero) { $0 + $1.growth }
  }
}

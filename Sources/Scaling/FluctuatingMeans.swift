import Exact
import TensorPrograms

/// Which changes rest on gradients that are the means of sums over the width, with fluctuations that are smaller by
/// n^(1/2) and yet, at finite width, often larger.
///
/// A mean that is summed to nothing that grows, such as the gradient in an attention's logits, has its fluctuations beside
/// it in the calculus (``Growth/keepsSmallParts``). A product hands them on; what grows again no longer shows them as parts
/// of its own. So they are counted here: how many such means a gradient, and then a change, is a product of.
struct FluctuatingMeans {
  private let run: LiteralRun
  private let growth: Exponent
  /// By weight, the least count of the gradients of all updates so far.
  private var ofWeights: [ValueID: Int] = [:]

  init(_ run: LiteralRun) {
    self.run = run
    growth = Exponent(run.program.dimensions.map(\.growth).max() ?? .zero)
  }

  /// To be called after each update, while the backward pass before it can still be read.
  mutating func readGradients() {
    let program = run.program
    var counts = [Int](repeating: 0, count: program.backward.upperBound)
    for i in program.backward {
      let (instruction, id) = (program.instructions[i], ValueID(i))
      switch instruction.role {
      case .sum:
        let largest = instruction.operands.compactMap { run[$0].exponent }.max()
        counts[i] =
          instruction.operands.filter { run[$0].exponent == largest }.map { counts[$0.index] }.min() ?? 0
      case .contraction: counts[i] = instruction.operands.reduce(isMean(id) ? 1 : 0) { $0 + counts[$1.index] }
      case .passage, .guarded, .copies, .linear: counts[i] = instruction.operands.first.map { counts[$0.index] } ?? 0
      case .input, .indices, .weight, .state, .one, .constant, .function, .nonlinear: break
      }
    }
    for gradient in program.gradients where run[gradient.value].exponent != nil {
      let count = counts[gradient.value.index]
      ofWeights[gradient.weight] = min(ofWeights[gradient.weight] ?? count, count)
    }
  }

  /// By value of the forward pass, of how many means some part of its change is a product.
  ///
  /// A function of several entries, such as a softmax, and a sum of several values mix it with parts that are not.
  func ofChanges() -> [Int] {
    let program = run.program
    var counts = [Int](repeating: 0, count: program.forward.upperBound)
    for i in program.forward {
      let instruction = program.instructions[i]
      if instruction.role.isWeight {
        counts[i] = ofWeights[ValueID(i)] ?? 0
        continue
      }
      let changed = instruction.operands.filter { run[$0].updateExponent != nil }
      let largest = changed.compactMap { run[$0].updateExponent }.max()
      switch instruction.role {
      case .sum: counts[i] = changed.filter { run[$0].updateExponent == largest }.map { counts[$0.index] }.min() ?? 0
      case .nonlinear: break
      case .input, .indices, .weight, .state, .one, .constant, .passage, .guarded, .copies, .contraction, .linear,
        .function:
        counts[i] = changed.map { counts[$0.index] }.max() ?? 0
      }
    }
    return counts
  }

  /// The exponent of what is left of something if each of so many means is smaller than its fluctuations.
  func exponent(below largest: Rational?, _ count: Int) -> Rational? {
    guard count > 0, let largest else { return nil }
    return (Exponent(largest) - Exponent(Rational(count, 2)) * growth).rational
  }

  /// Whether a value without growing axes has its fluctuations beside it.
  private func isMean(_ id: ValueID) -> Bool {
    guard run.program[id].axes.allSatisfy(\.growth.isZero), let largest = run[id].exponent else { return false }
    return run[id].components.contains { $0.exponent == largest - growth * .half }
  }
}

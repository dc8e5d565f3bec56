import Exact
import TensorPrograms

extension LiteralRun {
  /// The exponents of what a weight's own change and the change from below bring to the value where it first meets data,
  /// largest first: of (W_t - W_0) x_t and of W_0 (x_t - x_0).
  ///
  /// Where something that is not linear is made of the weight before, its own change is taken to be as large as that of
  /// what is made.
  func ownParts(_ use: WeightUse) -> (own: [Rational], below: [Rational]) {
    let instruction = program[use.value]
    if case .nonlinear = instruction.role {
      let parts = exponents(self[use.value].part(.update))
      return (parts, parts)
    }
    var changed = [use.weight: self[use.weight].part(.update)]
    for id in use.chain {
      switch program[id].role {
      case .function, .nonlinear: changed[id] = self[id].part(.update)
      default: changed[id] = read(id) { changed[$0] ?? (program[id].role.isSum ? .zero : self[$0]) }
      }
    }
    let isSum = instruction.role.isSum
    let own = parts(use.value) { changed[$0] ?? (isSum ? .zero : self[$0]) }
    // Numbers of the batch, such as those of a look-up, do not change.
    let isChangedBelow = instruction.operands.contains { changed[$0] == nil && self[$0].updateExponent != nil }
    let below = parts(use.value) {
      changed[$0] == nil ? self[$0].part(.update) : isSum ? .zero : self[$0].part(.initial)
    }
    return (own, isChangedBelow ? below : [])
  }

  /// An instruction on other operands.
  private func read(_ id: ValueID, _ operand: (ValueID) -> Scale) -> Scale {
    let context = walker.context
    return program[id].primitive.interpret(
      program[id].operands.map(operand), at: context.sites[id.index], in: context)
  }

  /// The exponents of what an instruction makes of each component of its operands by itself: of a product, where a larger
  /// component would cover a smaller one that may still show at finite width.
  private func parts(_ id: ValueID, _ operand: (ValueID) -> Scale) -> [Rational] {
    let operands = program[id].operands
    var choices: [[ValueID: Scale]] = [[:]]
    for one in Set(operands) {
      let scale = operand(one)
      let components = scale.components.isEmpty ? [scale] : scale.components.map { Scale([$0]) }
      choices = choices.flatMap { choice in components.map { choice.merging([one: $0]) { $1 } } }
    }
    return Set(choices.flatMap { choice in exponents(read(id) { choice[$0] ?? .zero }) }).sorted(by: >)
  }

  private func exponents(_ scale: Scale) -> [Rational] {
    Set(scale.components.map(\.exponent)).sorted(by: >).map(\.rational)
  }
}

extension Scale {
  fileprivate func part(_ origin: Component.Origin) -> Scale { Scale(components.filter { $0.origin == origin }) }
}

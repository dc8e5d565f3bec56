import Exact
import TensorPrograms

/// A training run, unrolled: a program with gradient and step is read segment after segment, step after step, and what a
/// step writes is there in the next.
///
/// Every question about a run drives this one. Questions differ in what they know of weights, rates and multipliers.
final class UnrolledRun {
  let program: Program
  let walker: Walker
  var growth: Growth { walker.context }
  /// What the optimizer remembers from step to step.
  private let states: [Program.Update]

  init(_ program: Program, _ walker: Walker) {
    (self.program, self.walker) = (program, walker)
    states = program.updates.filter { program[$0.target].primitive is OptimizerState }
  }

  /// Updates made so far.
  var step: Int {
    get { growth.step }
    set { growth.step = newValue }
  }

  /// Reads the forward pass, instruction by instruction, until `stop` says so.
  func readForward(stop: (Int) -> Bool = { _ in false }) { walker.walk(program.forward, stop: stop) }

  /// Reads forward and backward pass, until `stop` says so.
  func readPasses(stop: (Int) -> Bool = { _ in false }) { walker.walk(program.passes, stop: stop) }

  /// Reads what follows a forward pass: the gradient, and the optimizer's step.
  func readGradientAndStep() { walker.walk(program.backward.lowerBound..<program.step.upperBound) }

  /// Hands weights and states on to the next step. Returns whether one of them changed.
  func carryAll() -> Bool {
    let changed = carry(program.updates)
    step += 1
    return changed
  }

  /// Reads the optimizer's step with gradients as they are until what it remembers repeats. States take as many rounds
  /// as they wait for one another: two or three.
  func settleStep() {
    for _ in 0..<UnrolledRun.mostRounds {
      walker.walk(program.step)
      if !carry(states) { return }
    }
  }

  private static let mostRounds = 64

  private func carry(_ updates: [Program.Update]) -> Bool {
    var changed = false
    for update in updates where walker[update.target] != walker[update.value] {
      walker.setSource(update.target, walker[update.value])
      changed = true
    }
    return changed
  }
}

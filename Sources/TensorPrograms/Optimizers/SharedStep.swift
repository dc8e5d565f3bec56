/// What the weights of one step under recording share.
final class SharedStep {
  /// With its gradient.
  let program: Program
  let recorder: Recorder
  /// Where the forward pass meets each weight, and the gradient of the loss in what is made there.
  let uses: [ValueID: [WeightWays.Meeting]]
  let cotangents: [ValueID: ValueID]
  /// Emptied when the step is written: the steps refer back to this.
  var steps: [OptimizerStep] = []
  private var values: [String: Value] = [:]
  private var gradients: [String: [Int: Value]] = [:]

  init(_ program: Program) {
    self.program = program
    recorder = Recorder(program)
    uses = program.weightWays.uses
    cotangents = Dictionary(program.cotangents.map { ($0.target, $0.value) }, uniquingKeysWith: { first, _ in first })
    steps = program.gradients.map { OptimizerStep(weight: $0.weight, gradient: $0.value, shared: self) }
  }

  func value(_ key: String, _ make: () -> Value) -> Value {
    if let known = values[key] { return known }
    let made = make()
    values[key] = made
    return made
  }

  /// The gradients, by weight, where every weight is moved: what of the passes depends on a weight is recorded again.
  func gradients(_ key: String, at moved: (OptimizerStep) -> Value) -> [Int: Value] {
    if let known = gradients[key] { return known }
    var moves = Substitution(count: program.instructions.count)
    for step in steps { if let id = step.weight.id { moves[id] = recorder.id(of: moved(step)) } }
    let needed = program.isNeeded(for: program.gradients.map(\.value))
    recorder.recordAgain(program.passes.filter { needed[$0] }, under: &moves)
    var result: [Int: Value] = [:]
    for gradient in program.gradients {
      result[gradient.weight.index] = Value(recorder, moves[gradient.value] ?? gradient.value)
    }
    gradients[key] = result
    return result
  }

  /// One of those made already.
  func gradient(_ key: String, of step: OptimizerStep) -> Value {
    step.weight.id.flatMap { gradients[key]?[$0.index] } ?? step.plainGradient
  }
}

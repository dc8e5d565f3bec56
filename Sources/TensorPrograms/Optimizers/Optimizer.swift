/// An optimizer: the program by which one weight moves, given its gradient.
///
/// It is a program like any other, so that its exponents follow from it without being told. A new optimizer is one
/// value in one file.
public struct Optimizer: Sendable {
  public let name: String
  /// The learning rate at the base width for runs that are given none: large, as a coordinate check wants it.
  public let defaultRate: Double
  /// The works that it is taken from.
  public let sources: [Citation]
  /// Writes the step: the weight's new value.
  let step: @Sendable (OptimizerStep) -> Value

  public init(
    _ name: String, defaultRate: Double, sources: [Citation] = [], step: @escaping @Sendable (OptimizerStep) -> Value
  ) {
    self.name = name
    self.defaultRate = defaultRate
    self.sources = sources
    self.step = step
  }

  /// The optimizers, by the names that the shell takes.
  public static let all: [Optimizer] = [.sgd, .momentum(), .adam(), .adamW()]

  public init(named name: String) throws {
    guard let found = Optimizer.all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      throw ProgramError.unknownOptimizer(name, known: Optimizer.all.map { $0.name.lowercased() })
    }
    self = found
  }
}

/// One weight's part of a step under recording.
public final class OptimizerStep {
  public let weight: Value
  public let gradient: Value
  private let weightName: String
  private(set) var states: [(state: Value, next: Value?)] = []

  init(weight: Value, gradient: Value, name: String) {
    self.weight = weight
    self.gradient = gradient
    weightName = name
  }

  /// Something remembered between steps, of the weight's shape (or that of `like`), zero at first.
  public func state(_ name: String, like: Value? = nil) -> Value {
    let value = weight.recorder.record(
      OptimizerState(), [], axes: (like ?? weight).axes, name: "%\(weightName)/\(name)")
    states.append((value, nil))
    return value
  }

  /// What a state becomes.
  public func set(_ state: Value, _ next: Value) {
    if let i = states.firstIndex(where: { $0.state.id == state.id }) { states[i].next = next }
  }

  /// `rate * direction`, with the weight's own learning rate.
  public func rated(_ direction: Value) -> Value { scale(direction, by: Monomial(), .rate(weightName)) }

  /// The weight times its decoupled decay.
  public var decay: Value { scale(weight, by: Monomial(), .decay(weightName)) }

  /// `x / (1 - beta^t)` at step t.
  public func corrected(_ x: Value, _ beta: Double) -> Value { scale(x, by: Monomial(), .correction(beta)) }
}

extension Program {
  /// The program with gradient and optimizer's step: one step of training. A run is this, unrolled. A gradient and a
  /// step that the program has already are written anew.
  ///
  /// Throws as ``withGradient()`` does.
  public func withStep(_ optimizer: Optimizer) throws -> Program {
    let whole = try forwardPass.withGradient()
    let recorder = Recorder(whole)
    var updates: [Update] = []
    for gradient in whole.gradients {
      let step = OptimizerStep(
        weight: Value(recorder, gradient.weight), gradient: Value(recorder, gradient.value),
        name: whole[gradient.weight].name)
      if let id = optimizer.step(step).id { updates.append(Update(target: gradient.weight, value: id)) }
      for case (let state, let next?) in step.states {
        if let from = state.id, let to = next.id { updates.append(Update(target: from, value: to)) }
      }
    }
    var extended = try recorder.extended()
    extended.updates = updates
    return extended
  }
}

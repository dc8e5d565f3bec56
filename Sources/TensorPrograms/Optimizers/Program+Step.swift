extension Program {
  /// The program with gradient and optimizer's step: one step of training. A run is this, unrolled. A gradient and a
  /// step that the program has already are written anew.
  ///
  /// Throws as ``withGradient()`` does; ``ProgramError/unfitPattern(_:weights:)`` if a part of the optimizer is for
  /// weights that the program does not have.
  public func withStep(_ optimizer: Optimizer) throws -> Program {
    if let own = optimizer.own { return try withOwnStep(of: own) }
    let shared = SharedStep(try forwardPass.withGradient())
    for pattern in optimizer.patterns where !shared.steps.contains(where: { $0.fits(pattern) }) {
      throw ProgramError.unfitPattern(pattern, weights: shared.steps.map(\.name))
    }
    var updates: [Update] = []
    for step in shared.steps {
      let next = optimizer.step(step)
      if let id = next.id, let weight = step.weight.id { updates.append(Update(target: weight, value: id)) }
      for case (let state, let next?) in step.states {
        if let from = state.id, let to = next.id { updates.append(Update(target: from, value: to)) }
      }
    }
    shared.steps = []
    var extended = try shared.recorder.extended(.step)
    extended.updates = updates
    return extended.checked()
  }

  /// A number that an optimizer adds to a value of one weight's step against division by zero.
  public struct Epsilon: Sendable, Hashable {
    public var owner: EpsilonOwner
    public var number: Double
    /// What it is added to, or is a floor of; a number that is negligible there scales with width as this value does.
    public var value: ValueID
    /// Whether it is a floor of the value: the value is zero at first where a weight starts at zero, and then it is the floor
    /// alone that moves the weight.
    public var isFloor = false
  }

  /// The numbers that the optimizer guards its divisions with, in recorded order.
  public var epsilons: [Epsilon] {
    instructions.compactMap { instruction in
      guard case .guarded(let epsilon) = instruction.role,
        case .epsilon(let owner)? = instruction.primitive.runParameter
      else { return nil }
      var value = instruction.operands[0]
      // A floor is added to zero times what it is a floor of.
      let isFloor = self[value].role.factor?.constant == 0
      if isFloor { value = self[value].operands[0] }
      return Epsilon(owner: owner, number: epsilon, value: value, isFloor: isFloor)
    }
  }

  /// The weights whose decay is part of what is multiplied by their rate.
  package var ratedDecays: Set<String> {
    var result: Set<String> = []
    var carried = [String?](repeating: nil, count: instructions.count)
    for i in step {
      carried[i] = instructions[i].operands.lazy.compactMap { carried[$0.index] }.first
      switch instructions[i].primitive.runParameter {
      case .decay(let name): carried[i] = name
      case .rate(let name) where carried[i] == name: result.insert(name)
      default: break
      }
    }
    return result
  }
}

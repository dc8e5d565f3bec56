public import TensorPrograms

/// The values of the run parameters and the initial sizes at one width, by the name of the weight or multiplier.
///
///     var numbers = try Hyperparameters(standard: program, width: 256, learningRate: 0.1)
///     numbers.learningRate["readout"] = 0.01
public struct Hyperparameters: Sendable, Equatable {
  /// Of a Gaussian weight the standard deviation at the start, of a constant one its value.
  public var initial: [String: Double]
  /// The learning rate of each weight.
  public var learningRate: [String: Double]
  /// The value of each free multiplier; and of a weight's own multiplier, by the weight's name, 1 where none is given.
  public var multiplier: [String: Double]
  /// The weight decay, in whichever of its forms the optimizer has; 0 where none is given.
  public var decay: [String: Double]
  /// A factor on each epsilon of an optimizer; 1 where none is given.
  public var epsilon: [EpsilonOwner: Double] = [:]
  /// A factor on the radius of an optimizer that perturbs weights; 1 where none is given.
  public var radius: [String: Double] = [:]

  /// Numbers for the names given; see the properties for those left out.
  public init(
    initial: [String: Double] = [:], learningRate: [String: Double] = [:], multiplier: [String: Double] = [:],
    decay: [String: Double] = [:]
  ) {
    (self.initial, self.learningRate, self.multiplier, self.decay) = (initial, learningRate, multiplier, decay)
  }

  /// The program's own standard deviations and multipliers at `width`, and one learning rate and decay for all weights.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at this width.
  public init(standard program: Program, width: Int, learningRate: Double, decay: Double = 0) throws {
    self.init()
    for (id, initializer, _) in program.weights {
      let name = program[id].name
      switch initializer {
      case .gaussian(let deviation): initial[name] = try deviation.value(at: width)
      case .constant(let value): initial[name] = value
      case .zero: initial[name] = 0
      }
      self.learningRate[name] = learningRate
      if decay != 0 { self.decay[name] = decay }
    }
    for (name, standard, _) in program.multipliers { multiplier[name] = try standard.value(at: width) }
  }
}

extension Hyperparameters {
  /// Throws ``TrainingError/unknownName(_:kind:known:)`` for a name that the program does not have and
  /// ``TrainingError/unusableNumber(_:kind:value:)`` for a number that makes no sense.
  func check(for program: Program) throws(TrainingError) {
    let weights = program.weights.map { program[$0.id].name }
    let deviations = Set(
      program.weights.compactMap { id, initializer, _ in
        if case .gaussian = initializer { program[id].name } else { nil }
      })
    func check(_ numbers: [String: Double], _ kind: String, _ known: [String], _ what: String)
      throws(TrainingError)
    {
      for (name, value) in numbers.sorted(by: { $0.key < $1.key }) {
        guard known.contains(name) else { throw .unknownName(name, kind: what, known: known) }
        guard value.isFinite, kind != "initial size" || value >= 0 || !deviations.contains(name) else {
          throw .unusableNumber(name, kind: kind, value: value)
        }
      }
    }
    try check(initial, "initial size", weights, "weight")
    try check(learningRate, "learning rate", weights, "weight")
    try check(decay, "decay", weights, "weight")
    try check(radius, "radius", weights, "weight")
    for (owner, factor) in epsilon.sorted(by: { ($0.key.weight, $0.key.part) < ($1.key.weight, $1.key.part) }) {
      guard program.epsilons.contains(where: { $0.owner == owner }) else {
        throw .unknownName(owner.description, kind: "epsilon", known: program.epsilons.map(\.owner.description))
      }
      guard factor.isFinite, factor >= 0 else {
        throw .unusableNumber(owner.description, kind: "factor of epsilon", value: factor)
      }
    }
    let gauges = program.instructions.compactMap { instruction -> String? in
      if case .gauge(let name)? = instruction.primitive.runParameter { name } else { nil }
    }
    try check(multiplier, "multiplier", program.multipliers.map(\.name) + gauges, "multiplier")
  }

  /// The value of a run parameter; 1 for one that depends on the step only.
  ///
  /// Throws ``TrainingError/missingNumber(_:kind:)``.
  func value(of parameter: RunParameter) throws(TrainingError) -> Double {
    switch parameter {
    case .multiplier(let name):
      guard let value = multiplier[name] else { throw .missingNumber(name, kind: "multiplier") }
      return value
    case .rate(let name):
      guard let value = learningRate[name] else { throw .missingNumber(name, kind: "learning rate") }
      return value
    case .gauge(let name): return multiplier[name] ?? 1
    case .decay(let name): return decay[name] ?? 0
    case .epsilon(let owner): return epsilon[owner] ?? 1
    case .radius(let name): return radius[name] ?? 1
    case .correction, .power: return 1
    }
  }
}

public import Exact
public import TensorPrograms

/// What happens to a weight's rate when a power of width moves from its initialization to its multiplier.
///
/// With a multiplier n^-t more, the weight is n^t times as large and its gradient n^-t times. If that makes the step
/// n^(-q t) times as large, then (a, b, c) becomes (a + t, b - t, c - (1 + q) t). The degree q is found by following the
/// optimizer's program on weights and gradients scaled so; no optimizer is known by name.
public struct GaugeLaw: Sendable {
  public let optimizer: String
  public let weights: [Weight]

  /// One weight's step.
  public struct Weight: Sendable {
    public var name: String
    public var fan: Fan
    /// The degree q: that in the gradient less that in the weight itself. 1 for SGD, 0 for Adam, -1 for a step in
    /// proportion to the weight's norm. Nil if there is none.
    public var degree: Rational?
    /// Whether there is a step at all.
    public var hasStep: Bool
    /// For each guard against division by zero in the step, the d with which its number must become n^(-d t) times as
    /// large, for the step to stay what it is.
    public var guards: [Rational]
    /// The same for each place where the step takes weight decay: 0 for decay apart from the rate, 1 + q inside it.
    public var decays: [Rational]
  }

  init(optimizer: String, weights: [Weight]) { (self.optimizer, self.weights) = (optimizer, weights) }

  /// The degree q of a weight's step; nil if its step is not homogeneous.
  public func degree(of weight: String) -> Rational? { weights.first { $0.name == weight }?.degree }
}

extension Program {
  /// The law of each weight under an optimizer.
  ///
  /// Throws as ``withStep(_:)``.
  public func gaugeLaw(optimizer: Optimizer) throws -> GaugeLaw {
    try GaugeLaw(stepped: withStep(optimizer), optimizer: optimizer.name)
  }
}

extension GaugeLaw {
  /// Of a program that has its step.
  init(stepped program: Program, optimizer: String) throws {
    self.optimizer = optimizer
    let step = StepProbe(program)
    let zero = [Rational](repeating: 0, count: step.weights.count)
    let still = try step.probe(moved: .zero, degrees: zero)
    // A first guess from one move; then weights, states and rates must all agree with it, for small moves and large.
    let first = try step.probe(moved: .one, degrees: zero)
    let guess = zip(still.directions, first.directions).map { before, after in
      before.flatMap { before in after.map { before.rational - $0.rational } }
    }
    var holds = guess.map { $0 != nil }
    var guards = still.guards.map { $0.map { _ in Rational?.none } }
    var decays = still.decays.map { $0.map { _ in Rational?.none } }
    func note(_ after: [Exponent?], _ before: [Exponent?], _ move: Exponent, _ known: inout [Rational?]) -> Bool {
      var same = true
      for i in after.indices {
        guard let size = after[i], let before = before[i] else { continue }
        let d = ((before - size) / move).rational
        if let known = known[i], known != d { same = false }
        known[i] = d
      }
      return same
    }
    for move in [Exponent.one, -1, 64, -64] {
      let after = try step.probe(moved: move, degrees: guess.map { $0 ?? 0 })
      for k in guess.indices {
        let shift = Exponent(guess[k] ?? 0) * move
        if after.weights[k].map({ $0 - move }) != still.weights[k] { holds[k] = false }
        if after.directions[k].map({ $0 + shift }) != still.directions[k] { holds[k] = false }
        let agree = [
          note(after.guards[k], still.guards[k], move, &guards[k]),
          note(after.decays[k], still.decays[k], move, &decays[k]),
        ]
        if agree.contains(false) { holds[k] = false }
      }
    }
    let ways = program.weightWays
    weights = step.weights.indices.map { k in
      let alone = step.isAlone[k]
      return Weight(
        name: program[step.weights[k]].name, fan: program.fan(of: step.weights[k], ways),
        degree: holds[k] && alone ? guess[k] : nil, hasStep: step.hasStep[k], guards: guards[k].compactMap { $0 },
        decays: decays[k].compactMap { $0.map { $0 + 1 } })
    }
  }
}

/// The optimizer's part of a program, walked by itself on weights and gradients of given sizes.
struct StepProbe {
  let program: Program
  let weights: [ValueID]
  let hasStep: [Bool]
  /// Whether a weight's step sees no other weight, and no other's gradient. What else it may see of the passes, such as
  /// the inputs of a layer, is the same in every gauge.
  let isAlone: [Bool]
  /// What a weight's decay is added to, by weight.
  private let decayed: [[ValueID]]
  /// What the steps see of the passes beside weights and gradients.
  private let seen: [ValueID]
  /// The guards in each weight's step.
  let guards: [[ValueID]]
  /// What each weight's step does with the gradient.
  let kinds: [Set<Kind>]
  /// The instructions, by weight, that its rate multiplies.
  private let rated: [[Int]]
  private let gradients: [ValueID?]
  private let updates: [ValueID?]

  enum Kind {
    /// It is no linear function of the gradient.
    case nonlinear
    /// It mixes entries, and not only into numbers for all of them.
    case matrix
  }

  struct Outcome {
    /// Of what the rate multiplies, by weight.
    var directions: [Exponent?]
    /// Of the new weights.
    var weights: [Exponent?]
    /// Of the values that guards protect, by weight.
    var guards: [[Exponent?]]
    /// Of what decay is added to, by weight.
    var decays: [[Exponent?]]
  }

  init(_ program: Program) {
    self.program = program
    weights = program.weights.map(\.id)
    let gradientOf = Dictionary(program.gradients.map { ($0.weight, $0.value) }, uniquingKeysWith: { a, _ in a })
    let updateOf = Dictionary(program.updates.map { ($0.target, $0.value) }, uniquingKeysWith: { a, _ in a })
    gradients = weights.map { gradientOf[$0] }
    updates = weights.map { updateOf[$0] }
    var rated: [String: [Int]] = [:]
    for i in program.step {
      if case .rate(let name)? = program.instructions[i].primitive.runParameter {
        rated[name, default: []].append(i)
      }
    }
    self.rated = weights.map { rated[program[$0].name] ?? [] }
    var next: [Int: Int] = [:]
    for update in program.updates { next[update.target.index] = update.value.index }
    let own = Set(weights.map(\.index) + gradients.compactMap { $0?.index })
    var passes: Set<Int> = []
    var (alone, guards, kinds): ([Bool], [[ValueID]], [Set<Kind>]) = ([], [], [])
    for k in weights.indices {
      var seen: Set<Int> = []
      var open = self.rated[k]
      var isAlone = true
      while let i = open.popLast() {
        guard seen.insert(i).inserted else { continue }
        guard program.step.contains(i) else {
          isAlone = isAlone && (i == weights[k].index || i == gradients[k]?.index || !own.contains(i))
          if !own.contains(i) { passes.insert(i) }
          continue
        }
        open += program.instructions[i].operands.map(\.index)
        if program.instructions[i].role.isState, let value = next[i] { open.append(value) }
      }
      alone.append(isAlone)
      kinds.append(StepProbe.kinds(of: seen.sorted().filter(program.step.contains), in: program))
      guards.append(seen.sorted().filter { program.instructions[$0].role.isGuard }.map { ValueID($0) })
    }
    (isAlone, self.guards, self.kinds) = (alone, guards, kinds)
    hasStep = self.rated.map { !$0.isEmpty }
    self.seen = passes.sorted().map { ValueID($0) }
    decayed = StepProbe.decayed(in: program, weights)
  }

  /// The sums that take a weight's decay, found from where it is made.
  private static func decayed(in program: Program, _ weights: [ValueID]) -> [[ValueID]] {
    var sums: [String: [ValueID]] = [:]
    var carried = [String?](repeating: nil, count: program.instructions.count)
    for i in program.step {
      let instruction = program.instructions[i]
      if case .decay(let name)? = instruction.primitive.runParameter {
        carried[i] = name
      } else if let name = instruction.operands.lazy.compactMap({ carried[$0.index] }).first {
        if instruction.role.isSum { sums[name, default: []].append(ValueID(i)) } else { carried[i] = name }
      }
    }
    return weights.map { sums[program[$0].name] ?? [] }
  }

  private static func kinds(of step: [Int], in program: Program) -> Set<Kind> {
    var result: Set<Kind> = []
    for i in step {
      let instruction = program.instructions[i]
      switch instruction.role {
      case .input, .indices, .weight, .state, .one, .constant: continue
      case .passage, .guarded, .sum, .copies: continue
      // It may mix entries.
      case .linear: result.insert(.matrix)
      case .function: result.insert(.nonlinear)
      case .contraction:
        if instruction.operands.count > 1 { result.insert(.nonlinear) }
        let operands = Set(instruction.operands.flatMap { program[$0].axes })
        let mixes = operands.contains { !$0.growth.isZero && !instruction.axes.contains($0) }
        if mixes, instruction.operands.count > 1, instruction.axes.contains(where: { !$0.growth.isZero }) {
          result.insert(.matrix)
        }
      // A function of several entries or operands may be one of a matrix; it is taken to be.
      case .nonlinear: result.formUnion([.nonlinear, .matrix])
      }
    }
    return result
  }

  /// Everything of size 1, then each weight times n^t, its gradient times n^-t, its rate times n^((1 + q) t).
  func probe(moved t: Exponent, degrees: [Rational]) throws -> Outcome {
    try walk(
      weights: weights.map { _ in t }, gradients: weights.map { _ in -t },
      rates: degrees.map { (1 + Exponent($0)) * t })
  }

  /// Walks the step until its states repeat.
  func walk(weights sizes: [Exponent], gradients slopes: [Exponent?], rates: [Exponent]) throws -> Outcome {
    let walker = try Walker(program)
    var rateOf: [String: Exponent] = [:]
    for (weight, rate) in zip(weights, rates) { rateOf[program[weight].name] = rate }
    walker.context.exponentOfRunParameter = { runParameter, _ in
      guard case .rate(let name) = runParameter else { return (Power(exponent: .zero), nil) }
      return (Power(exponent: rateOf[name] ?? .zero), nil)
    }
    func uniform(_ size: Exponent) -> Scale {
      var scale = walker.context.one()
      scale.components[0].exponent = size
      return scale
    }
    for k in weights.indices {
      walker.replace(weights[k], uniform(sizes[k]))
      // A weight's own gradient, if several share one, is what the last of them says: they are moved together.
      if let gradient = gradients[k], let slope = slopes[k] { walker.replace(gradient, uniform(slope)) }
    }
    for value in seen { walker.replace(value, uniform(.zero)) }
    walker.context.leavesOutDecay = true
    UnrolledRun(program, walker).settleStep()
    return Outcome(
      directions: weights.indices.map { k in
        rated[k].compactMap { walker[ValueID($0)].exponent.map { $0 - rates[k] } }.max()
      },
      weights: updates.map { $0.flatMap { walker[$0].exponent } },
      guards: guards.map { $0.map { program[$0].operands.first.flatMap { walker[$0].exponent } } },
      decays: decayed.map { $0.map { walker[$0].exponent } })
  }
}

import Exact
public import TensorPrograms

extension Program {
  /// The largest exponents that keep features from growing with the width, subject to what the user holds fixed.
  ///
  /// Every contribution to a feature is a maximum of linear forms in the exponents. The sum of the largest
  /// contribution of each unknown is maximized in an exact linear program over the forms met so far (cuts); at its
  /// solution the calculus is evaluated again, new forms are added, until none is violated and nothing improves
  /// (Kelley 1960, "The cutting-plane method for solving convex programs"). Without constraints the answer is that of
  /// ``maximalUpdate(optimizer:folding:)``.
  ///
  /// Multipliers of weights are free unless ``Constraint/noMultipliers`` is given, and used as little as possible.
  ///
  /// Throws ``ScalingError/infeasible(constraints:because:)`` with the smallest set of constraints that conflict;
  /// ``ProgramError/unknownWeight(_:known:)`` for a pattern that nothing fits; and as
  /// ``maximalUpdate(optimizer:folding:)``.
  public func maximalUpdate(optimizer: Optimizer, subjectTo constraints: [Constraint]) throws -> Derivation {
    let free = try derivedWhole(optimizer)
    var solver = try ConstraintSolver(free, constraints)
    try solver.solve()
    return solver.derivation(free)
  }
}

/// Kelley's method of cuts on the exponents of one program.
struct ConstraintSolver {
  private let problem: ConstrainedProblem
  private var program: Program { problem.program }
  private var unknowns: Unknowns { problem.unknowns }
  private let constraints: [Constraint]
  private var cuts: [Evaluation.Cut] = []
  private var known: Set<Evaluation.Cut> = []
  private let floors: [Evaluation.Cut]
  /// Where the calculus was last evaluated to the end of a run.
  private var guide: Evaluation
  private var point: [Rational]
  private(set) var rounds = 0

  init(_ free: Derivation, _ constraints: [Constraint]) throws {
    self.constraints = constraints
    problem = try ConstrainedProblem(free.program, degrees: free.gaugeLaw().weights.map(\.degree), constraints)
    point = problem.point(of: free)
    guide = try Evaluation(problem.program, problem.unknowns, at: point, characters: nil)
    floors = guide.floors
    guard guide.isComplete else { throw ScalingError.unsettled(program: free.program.name, passes: 0) }
  }

  private static let mostRounds = 80

  mutating func solve() throws {
    var evaluation = guide
    for round in 1...ConstraintSolver.mostRounds {
      rounds = round
      for cut in evaluation.cuts where !cut.isLocal && known.insert(cut).inserted { cuts.append(cut) }
      if evaluation.isComplete { guide = evaluation }
      let local = (evaluation.isComplete ? [] : guide.cuts.filter(\.isLocal)) + evaluation.cuts.filter(\.isLocal)
      var program = problem.linearProgram(guide, floors: floors, cuts: cuts + local)
      let best: LinearProgram.Optimum
      switch program.maximize(guide.objective) {
      case .optimal(let optimum): best = optimum
      case .unbounded: throw ScalingError.unsettled(program: problem.program.name, passes: round)
      case .infeasible: throw conflict(cuts + local)
      }
      if evaluation.isComplete, program.rows.allSatisfy({ $0.holds(at: point) }),
        guide.objective.value(at: point) == best.value
      {
        return
      }
      program.require(guide.objective, .equal, best.value)
      point = problem.canonical(program) ?? best.point
      evaluation = try Evaluation(problem.program, unknowns, at: point, characters: guide.walker)
    }
    throw ScalingError.unsettled(program: program.name, passes: ConstraintSolver.mostRounds)
  }

  /// The user's constraints that can't hold together, and the contributions that would grow.
  private func conflict(_ cuts: [Evaluation.Cut]) -> ScalingError {
    let all = problem.linearProgram(guide, floors: floors, cuts: cuts)
    let conflicting = all.minimalConflict(removable: Array(problem.user.indices)) ?? []
    let alone = problem.linearProgram(guide, floors: floors, cuts: cuts, onlyUser: Set(conflicting))
    let first = alone.rows.count - cuts.count - floors.count
    let reasons = (alone.infeasibility?.rows ?? []).filter { $0 >= first }.reversed().map { row -> String in
      let isFloor = row - first < floors.count
      let cut = (floors + cuts)[row - first]
      return "\(program.knownName(cut.site)) would \(isFloor ? "vanish" : "grow") "
        + (cut.step == 0 ? "at initialization" : "after \(cut.step) update\(cut.step == 1 ? "" : "s")")
        + " (\(program.line(cut.site)))"
    }
    var names: [String] = []
    for i in conflicting where !names.contains(problem.user[i].constraint) { names.append(problem.user[i].constraint) }
    return .infeasible(constraints: names, because: reasons)
  }

  /// The solution as a derivation: exponents, what they are bounded by, and how far each could be moved.
  func derivation(_ free: Derivation) -> Derivation {
    let weights = unknowns.weights
    func reason(_ unknown: Int) -> Derivation.Reason? { guide.reasons[unknown].map { Derivation.Reason($0) } }
    let a = weights.indices.map { problem.gauge($0).value(at: point) }
    let rules = weights.indices.map { k in
      WeightRule(
        name: program[weights[k].id].name, axes: program[weights[k].id].axes,
        initializer: weights[k].initializer,
        exponents: Exponents(
          a: a[k], b: problem.initialExponent(k).value(at: point), c: problem.rate(k).value(at: point)))
    }
    let facts = weights.indices.map { k in
      Derivation.WeightFacts(
        name: rules[k].name,
        updateSize: guide.directions[k] == nil ? nil : point[unknowns.level(k)],
        gradients: guide.gradients.map { $0[k].map { $0.rational - a[k] } },
        initialIsFree: !guide.isJudged[unknowns.initial(k)],
        initialReason: reason(unknowns.initial(k)), rateReason: reason(unknowns.level(k)))
    }
    let name =
      constraints.isEmpty ? "maximal update" : "largest with \(constraints.map(\.description).joined(separator: ", "))"
    return Derivation(
      program: program, optimizer: free.optimizer, gauge: a.allSatisfy(\.isZero) ? free.gauge : "chosen",
      parametrization: Parametrization(
        name: name, weights: rules,
        multipliers: free.parametrization.multipliers.map { rule in
          var rule = rule
          if let unknown = unknowns.multiplier(rule.name) { rule.exponent = point[unknown] }
          return rule
        }),
      weights: facts,
      multipliers: free.multipliers.map { facts in
        var facts = facts
        facts.reason = unknowns.multiplier(facts.name).flatMap(reason)
        return facts
      },
      degree: free.degree, events: guide.walker.context.events, axisNames: free.axisNames, axisGrowth: free.axisGrowth)
  }
}

extension ConstrainedProblem {
  /// The free derivation as a point.
  func point(of free: Derivation) -> [Rational] {
    var result = [Rational](repeating: 0, count: variableCount)
    for (k, rule) in free.parametrization.weights.enumerated() {
      result[unknowns.initial(k)] = -rule.exponents.b
      result[unknowns.level(k)] = free.weights[k].updateSize ?? 0
      result[unknowns.count + k] = rule.exponents.c
    }
    for rule in free.parametrization.multipliers {
      if let unknown = unknowns.multiplier(rule.name) { result[unknown] = rule.exponent }
    }
    return result
  }

  /// Of the points of a set, one with the smallest multipliers of weights, then with the largest sizes and updates.
  func canonical(_ program: LinearProgram) -> [Rational]? {
    var program = program
    var total = LinearForm()
    for k in unknowns.weights.indices {
      let magnitude = LinearForm(variable: variableCount + k)
      program.require(magnitude - gauge(k), .atLeast, 0)
      program.require(magnitude + gauge(k), .atLeast, 0)
      total = total + magnitude
    }
    guard let least = program.minimize(total).optimum else { return nil }
    program.require(total, .equal, least.value)
    let sizes = (0..<unknowns.count).reduce(LinearForm()) { $0 + LinearForm(variable: $1) }
    return program.maximize(sizes).optimum.map { Array($0.point.prefix(variableCount)) }
      ?? Array(least.point.prefix(variableCount))
  }
}

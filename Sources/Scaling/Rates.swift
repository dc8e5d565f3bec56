import Exact
import TensorPrograms

/// The second stage of a derivation: the learning rates of one optimizer, from the levels of the updates.
///
/// The optimizer's step is walked with the gradients of the steady state; if it makes something of size n^s of a
/// gradient, and the update shall have entries n^u, then the rate is n^(u - s).
struct Rates {
  /// The power n^s of each weight's step before its rate; nil if there is no step.
  let directions: [Power?]
  /// By weight, the exponent of the radius by which a step perturbs it, if it does: the perturbation is then as large as
  /// what training does to the weight.
  let radii: [String: Exponent]
  /// The forms of their exponents.
  let forms: FormTable

  /// The rates that no step of a run is too large with: each weight's largest step, of those that it makes of the
  /// gradients in the steady state and before.
  ///
  /// `settled`: a walk of gradients in their steady state; `transients`: where the run stood before that.
  init(_ program: Program, settled: Walker, transients: [Walker] = []) {
    let walkers = ([settled] + transients).map { Walker(copying: $0) }
    var radii: [String: Exponent] = [:]
    for walker in walkers { radii.merge(Rates.radii(program, walker)) { min($0, $1) } }
    var directions: [Power?] = []
    for walker in walkers {
      Rates.use(radii, in: walker)
      let found = Rates.directions(program, walker)
      directions =
        directions.isEmpty
        ? found
        : zip(directions, found).map { steady, earlier in
          guard let steady, let earlier, earlier.exponent > steady.exponent else { return steady }
          return Power(exponent: earlier.exponent, form: steady.form)
        }
    }
    (self.radii, self.directions, forms) = (radii, directions, walkers[0].context.forms)
  }

  /// Finds the radii; a walker that has found some uses them.
  private static func radii(_ program: Program, _ walker: Walker) -> [String: Exponent] {
    var found: [String: Exponent] = [:]
    for i in program.step {
      guard case .radius(let name)? = program.instructions[i].primitive.runParameter else { continue }
      walker.walk(program.step.lowerBound..<i + 1)
      guard let weight = program.value(named: name), let level = walker[weight].updateExponent,
        let size = walker[program.instructions[i].operands[0]].exponent
      else { continue }
      found[name] = level - size
    }
    use(found, in: walker)
    return found
  }

  private static func use(_ radii: [String: Exponent], in walker: Walker) {
    if radii.isEmpty { return }
    let others = walker.context.exponentOfRunParameter
    walker.context.exponentOfRunParameter = { runParameter, forms in
      guard case .radius(let name) = runParameter else { return others(runParameter, &forms) }
      return (Power(exponent: radii[name] ?? .zero), nil)
    }
    walker.runParametersVersion += 1
  }

  /// What each weight's step comes to.
  private static func directions(_ program: Program, _ walker: Walker) -> [Power?] {
    walker.context.leavesOutDecay = true
    UnrolledRun(program, walker).settleStep()
    var found = [String: Power]()
    for i in program.step {
      guard case .rate(let name)? = program.instructions[i].primitive.runParameter,
        let power = walker[ValueID(i)].top?.power
      else { continue }
      if found[name].map({ $0.exponent < power.exponent }) ?? true { found[name] = power }
    }
    return program.weights.map { found[program[$0.id].name] }
  }

  /// By how much each weight's step grows if the loss grows by n: its degree of homogeneity in the gradient, 1 for SGD,
  /// 0 for Adam. The gradients of all weights grow together; nil where there is no step.
  func degrees(_ program: Program, settled: Walker) -> [Exponent?] {
    let walker = Walker(copying: settled)
    guard let seed = program.backward.first(where: { program.instructions[$0].role.isOne }) else {
      return directions.map { _ in nil }
    }
    var scale = walker.context.one()
    scale.components[0].exponent = .one
    walker.replace(ValueID(seed), scale)
    walker.walk(seed + 1..<program.backward.upperBound)
    _ = Rates.radii(program, walker)
    let steady = Rates(program, settled: settled).directions
    return zip(Rates.directions(program, walker), steady).map { after, before in
      guard let after, let before else { return nil }
      return after.exponent - before.exponent
    }
  }
}

import Exact
import TensorPrograms

/// The second stage of a derivation: the learning rates of one optimizer, from the levels of the updates.
///
/// The optimizer's step is walked with the gradients of the steady state; if it makes something of size n^s of a
/// gradient, and the update shall have entries n^u, then the rate is n^(u - s).
struct Rates {
  /// The exponent s of each weight's step before its rate; nil if there is no step.
  let directions: [Exponent?]

  init(_ levels: Levels) {
    let walker = Walker(copying: levels.walker)
    directions = Rates.directions(levels.program, walker)
  }

  /// Walks the step until states repeat.
  private static func directions(_ program: Program, _ walker: Walker) -> [Exponent?] {
    let states = program.updates.filter { program[$0.target].primitive is OptimizerState }
    for _ in 0..<4 {
      walker.walk(program.backwardCount..<program.instructions.count)
      var changed = false
      for state in states where walker[state.target] != walker[state.value] {
        walker.setSource(state.target, walker[state.value])
        changed = true
      }
      if !changed { break }
    }
    var found = [String: Exponent]()
    for i in program.backwardCount..<program.instructions.count {
      guard let scale = program.instructions[i].primitive as? ScaleBy, case .rate(let name)? = scale.symbol,
        let exponent = walker[ValueID(i)].exponent
      else { continue }
      found[name] = max(found[name] ?? exponent, exponent)
    }
    return program.weights.map { found[program[$0.id].name] }
  }

  /// The degree of homogeneity of an optimizer's step in the gradient: by how much its exponent changes if the
  /// gradient grows by n. Read off a program with one matrix.
  static func degree(of optimizer: Optimizer) throws -> Exponent? {
    let n = Dimension("n", growing: .n)
    let program = try Program("degree") { p in
      let w = p.weight("w", [Axis(n), n.prime], .gaussian(Monomial()))
      p.minimize(sum(w * p.input("x", [Axis(n), n.prime]), over: [Axis(n), n.prime]))
    }.withStep(optimizer)
    let found = try [Exponent.zero, .one].map { size in
      let walker = try Walker(program)
      for weight in program.weights {
        walker.setSource(
          weight.id, walker.context.initialWeight(weight.weight, at: weight.id.index, exponent: .zero, blame: nil))
      }
      walker.walk(0..<program.backwardCount)
      for gradient in program.gradients {
        var scale = walker.context.one()
        scale.components[0].exponent = size
        walker.replace(gradient.value, scale)
      }
      return directions(program, walker)[0]
    }
    guard let before = found[0], let after = found[1] else { return nil }
    return after - before
  }
}

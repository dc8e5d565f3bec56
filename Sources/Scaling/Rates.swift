public import Exact
public import TensorPrograms

/// The second stage of a derivation: the learning rates of one optimizer, from the levels of the updates.
///
/// The optimizer's step is walked with the gradients of the steady state; if it makes something of size n^s of a
/// gradient, and the update shall have entries n^u, then the rate is n^(u - s).
struct Rates {
  /// The exponent s of each weight's step before its rate; nil if there is no step.
  let directions: [Rational?]
  /// The degree of homogeneity of the step in the gradient: s changes by p if the gradient grows by n.
  let degrees: [Rational?]

  init(_ levels: Levels) {
    let program = levels.program
    let plain = Rates.directions(levels, shift: .zero)
    let shifted = Rates.directions(levels, shift: .one)
    directions = program.weights.indices.map { plain[$0] }
    degrees = program.weights.indices.map { k in
      guard let before = plain[k], let after = shifted[k] else { return nil }
      return after - before
    }
  }

  /// Walks the step, all gradients multiplied by n^shift, until states repeat.
  private static func directions(_ levels: Levels, shift: Rational) -> [Rational?] {
    let program = levels.program
    // Weights and gradients as the levels left them.
    let walker = Walker(copying: levels.walker)
    for gradient in program.gradients {
      var scale = levels.walker[gradient.value]
      for i in scale.components.indices { scale.components[i].exponent += shift }
      walker.replace(gradient.value, scale)
    }
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
    var found = [String: Rational]()
    for i in program.backwardCount..<program.instructions.count {
      guard let scale = program.instructions[i].primitive as? ScaleBy, case .rate(let name)? = scale.symbol,
        let exponent = walker[ValueID(i)].exponent
      else { continue }
      found[name] = max(found[name] ?? exponent, exponent)
    }
    return program.weights.map { found[program[$0.id].name] }
  }
}

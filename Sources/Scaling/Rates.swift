import Exact
import TensorPrograms

/// The second stage of a derivation: the learning rates of one optimizer, from the levels of the updates.
///
/// The optimizer's step is walked with the gradients of the steady state; if it makes something of size n^s of a
/// gradient, and the update shall have entries n^u, then the rate is n^(u - s).
struct Rates {
  /// The exponent s of each weight's step before its rate; nil if there is no step.
  let directions: [Exponent?]
  /// The degree of homogeneity of each weight's step in the gradient: 1 for SGD, 0 for Adam.
  let degrees: [Exponent?]

  init(_ levels: Levels) {
    directions = Rates.directions(levels.program, Walker(copying: levels.walker))
    degrees = Rates.degrees(levels, directions)
  }

  /// The degree that all weights share; nil if they differ.
  var degree: Exponent? {
    let found = degrees.compactMap { $0 }
    return found.first.flatMap { first in found.allSatisfy { $0 == first } ? first : nil }
  }

  /// Walks the step until states repeat.
  private static func directions(_ program: Program, _ walker: Walker) -> [Exponent?] {
    let states = program.updates.filter { program[$0.target].primitive is OptimizerState }
    walker.context.leavesOutDecay = true
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

  /// By how much each weight's step grows if the loss grows by n: its degree of homogeneity in the gradient. The
  /// gradients of all weights grow together; nil where there is no step.
  private static func degrees(_ levels: Levels, _ directions: [Exponent?]) -> [Exponent?] {
    let program = levels.program
    let walker = Walker(copying: levels.walker)
    guard let seed = program.instructions.firstIndex(where: { $0.primitive is Ones }) else { return directions }
    var scale = walker.context.one()
    scale.components[0].exponent = .one
    walker.replace(ValueID(seed), scale)
    walker.walk(seed + 1..<program.backwardCount)
    return zip(self.directions(program, walker), directions).map { after, before in
      guard let after, let before else { return nil }
      return after - before
    }
  }
}

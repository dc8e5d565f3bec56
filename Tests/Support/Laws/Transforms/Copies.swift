import TensorPrograms
import TestSupport

extension Transform {
  /// The network beside itself, and beside something that the loss does not see.
  static let copies: [Transform] = [
    Transform(named: "the network is duplicated beside itself") { program, answer, _, _ in
      guard let loss = program.loss else { return nil }
      let twice = try Program(program.name) { p in
        let first = try program.record(into: p)
        let data = program.forward.filter { program.instructions[$0].role.isData }
        // Both see the same data.
        let second = try program.record(into: p) { place in
          if data.contains(place.index) { return first[place.index] }
          return place.same(named: place.name.map { $0 + "/twin" }, multiplier: "/twin")
        }
        if let a = first[loss.index], let b = second[loss.index] { p.minimize(a + b) }
      }
      return Rewritten(program: twice, expected: answer.with(twinOf: { $0 + "/twin" }))
    },
    Transform(named: "a value that nothing needs is made") { program, answer, _, random in
      let candidates = program.forward.filter { i in
        program.instructions[i].axes.contains { !$0.growth.isZero } && !program.instructions[i].role.isIndices
      }
      guard let chosen = candidates.randomElement(using: &random) else { return nil }
      let other = try program.rewritten { place in
        guard place.index == chosen else { return nil }
        let value = place.same()
        _ = map(.square, value)
        return value
      }
      return Rewritten(program: other, expected: answer)
    },
  ]
}

extension Place {
  /// The instruction under another name, a free multiplier also.
  fileprivate func same(named name: String?, multiplier suffix: String) -> Value {
    guard let scale = instruction.primitive as? ScaleBy, case .multiplier(let own)? = scale.runParameter else {
      return recorder.record(instruction.primitive, operands, axes: axes, name: name)
    }
    return recorder.record(
      ScaleBy(scale.factor, .multiplier(own + suffix)), operands, axes: axes, name: name)
  }
}

extension Answer {
  /// The answer with each weight and multiplier a second time, under another name.
  fileprivate func with(twinOf name: (String) -> String) -> Answer {
    guard case .derived(var rules) = self else { return self }
    for (own, weight) in rules.weights { rules.weights[name(own)] = weight }
    for (own, exponent) in rules.multipliers { rules.multipliers[name(own)] = exponent }
    return .derived(rules)
  }
}

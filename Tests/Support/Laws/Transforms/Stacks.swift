import TensorPrograms
import TestSupport

extension Transform {
  /// Weights that are alike written as a stack and sliced, and a weight written as several.
  static let stacks: [Transform] = [
    Transform(named: "weights that are alike are a stack, sliced") { program, answer, _, random in
      guard case .derived(var rules) = answer else { return nil }
      let names = program.weightsAlike(rules)
      guard let chosen = names.shuffled(using: &random).first(where: { $0.count > 1 })?.prefix(3) else { return nil }
      let slices = Dimension("slices", chosen.count)
      var stack: Value?
      let other = try program.rewritten { place in
        guard let k = chosen.firstIndex(of: place.instruction.name), let weight = place.instruction.primitive as? Weight
        else { return nil }
        let whole = stack ?? place.recorder.record(weight, [], axes: [Axis(slices)] + place.axes, name: "stack")
        stack = whole
        return select(whole, k, along: Axis(slices))
      }
      rules.weights["stack"] = rules.weights[chosen[0]]
      for name in chosen { rules.weights[name] = nil }
      return Rewritten(program: other, expected: .derived(rules))
    },
    Transform(named: "a weight is several, put together") { program, answer, _, random in
      let candidates = program.weights.compactMap { id, _, _ -> (ValueID, Axis)? in
        let axis = program[id].axes.first {
          $0.growth.isZero && $0.dimension.size.coefficient <= 6 && program.treatsAlike($0.dimension)
        }
        return axis.map { (id, $0) }
      }
      guard let (chosen, axis) = candidates.randomElement(using: &random) else { return nil }
      let count = try axis.dimension.size.value(at: 1, of: axis.name)
      let own = program[chosen].name
      guard count > 1 else { return nil }
      let other = try program.rewritten { place in
        guard place.index == chosen.index else { return nil }
        let parts = (0..<count).map { k in
          let part = place.recorder.record(
            place.instruction.primitive, [], axes: place.axes.filter { $0 != axis }, name: "\(own)/\(k)")
          return place.recorder.record(Insert(k, along: axis), [part], axes: place.axes)
        }
        return place.recorder.record(Add(parts.map { _ in 1 }), parts, axes: place.axes)
      }
      guard case .derived(var rules) = answer else { return Rewritten(program: other, expected: answer) }
      for k in 0..<count { rules.weights["\(own)/\(k)"] = rules.weights[own] }
      rules.weights[own] = nil
      return Rewritten(program: other, expected: .derived(rules))
    },
  ]
}

extension Program {
  /// The names of weights of the same axes, start and answer, together.
  fileprivate func weightsAlike(_ rules: Answer.Rules) -> [[String]] {
    var groups: [[String]] = []
    for (id, initializer, isFrozen) in weights {
      let k = groups.firstIndex { group in
        weights.contains {
          self[$0.id].name == group[0] && self[$0.id].axes == self[id].axes && $0.initializer == initializer
            && $0.isFrozen == isFrozen && rules.weights[group[0]] == rules.weights[self[id].name]
        }
      }
      if let k { groups[k].append(self[id].name) } else { groups.append([self[id].name]) }
    }
    return groups
  }

  /// Whether nothing in the program tells entries along a dimension apart.
  fileprivate func treatsAlike(_ dimension: Dimension) -> Bool {
    !forward.contains { i in
      let instruction = instructions[i]
      let names = instruction.tellsEntriesApart ? instruction.attributeWords : []
      return names.contains(dimension.name)
        || (instruction.primitive is Constant && instruction.axes.contains { $0.dimension == dimension })
    }
  }
}

extension Instruction {
  /// Whether it treats entries along the axes that it names differently.
  fileprivate var tellsEntriesApart: Bool {
    let primitive = self.primitive
    return primitive is Select || primitive is Insert || primitive is Causal || primitive is Patches
      || primitive is Fold || primitive is Largest
  }

  /// The words in what its attributes say, without primes.
  fileprivate var attributeWords: [String] {
    primitive.attributes.flatMap { $0.text.split { " ,'()".contains($0) }.map(String.init) }
  }
}

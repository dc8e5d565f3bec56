import TensorPrograms
import TestSupport

extension Transform {
  /// Operations written out in others that say the same.
  static let writtenOut: [Transform] = [
    Transform("softmax is written out") { program, _ in
      try program.replacing(Softmax.self) { place, softmax in
        let powers = map(.exp, place.operands[0])
        let total = sum(powers, over: softmax.over)
        return place.instead(Contract(), [powers, map(.reciprocal, total)])
      }
    },
    Transform("log-sum-exp is written out") { program, _ in
      try program.replacing(LogSumExp.self) { place, _ in
        let total = place.recorder.record(Sum(), [map(.exp, place.operands[0])], axes: place.axes)
        return place.instead(Map(.log), [total])
      }
    },
    function(.square, "a square is a product") { place in
      place.instead(Contract(), [place.operands[0], place.operands[0]])
    },
    function(.silu, "silu is written out") { place in
      place.instead(Contract(), [place.operands[0], map(.sigmoid, place.operands[0])])
    },
    function(.relu, "relu is written out") { place in
      place.instead(Add([0.5, 0.5]), [place.operands[0], map(.absoluteValue, place.operands[0])])
    },
    function(.sigmoid, "sigmoid is written out") { place in
      let powers = map(.exp, -1 * place.operands[0])
      let one = place.recorder.one()
      return place.instead(Map(.reciprocal), [place.recorder.record(Add([1, 1]), [powers, one], axes: place.axes)])
    },
    Transform("a product of a value with itself is a square") { program, _ in
      try program.replacing(Contract.self) { place, _ in
        let operands = place.operands
        guard operands.count == 2, operands[0].id == operands[1].id else { return nil }
        return place.instead(Sum(), [map(.square, operands[0])])
      }
    },
    Transform("a sum is a contraction") { program, _ in
      try program.replacing(Sum.self) { place, _ in place.instead(Contract(), place.operands) }
    },
    Transform("copies along axes are a product with ones") { program, _ in
      try program.replacing(Expand.self) { place, _ in
        let new = place.axes.filter { !place.operands[0].axes.contains($0) }
        let ones = place.recorder.record(Ones(), [], axes: new)
        return place.instead(Contract(), [place.operands[0], ones])
      }
    },
    Transform("what is broadcast is copied") { program, _ in
      try program.replacing(Add.self) { place, _ in
        guard place.operands.contains(where: { $0.axes.count < place.axes.count }) else { return nil }
        return place.same(place.operands.map { expand($0, to: place.axes) })
      }
    },
    Transform("a difference is a sum with the negative") { program, _ in
      try program.replacing(Add.self) { place, add in
        guard add.coefficients.contains(where: { $0 != 1 }) else { return nil }
        let terms = zip(add.coefficients, place.operands).map { $0 == 1 ? $1 : $0 * $1 }
        return place.instead(Add(terms.map { _ in 1 }), terms)
      }
    },
  ]

  private static func function(
    _ phi: Nonlinearity, _ name: String, _ write: @escaping @Sendable (Place) -> Value
  ) -> Transform {
    Transform(name) { program, _ in
      try program.replacing(Map.self) { place, map in map.nonlinearity == phi ? write(place) : nil }
    }
  }
}

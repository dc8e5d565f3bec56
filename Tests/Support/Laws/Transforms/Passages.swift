import TensorPrograms
import TestSupport

extension Transform {
  /// Operations that do nothing put in at random places, where data come in and where all is made of weights.
  static let passages: [Transform] = [false, true].flatMap { amongWeights in
    [
      putIn("an identity", amongWeights) { value, _ in map(.identity, value) },
      putIn("a factor 1", amongWeights) { value, _ in scale(value, by: Monomial()) },
      putIn("a factor -2 and its inverse", amongWeights) { value, _ in -0.5 * (-2 * value) },
      putIn("a rename there and back", amongWeights) { value, random in
        guard let axis = value.axes.randomElement(using: &random) else { return value }
        let fresh = Program.freshAxis(axis.dimension, besides: value.axes)
        return rename(rename(value, axis, to: fresh), fresh, to: axis)
      },
      putIn("a mean of copies", amongWeights) { value, _ in
        let copies = Dimension("copies", 3)
        let many = expand(value, to: value.axes + [Axis(copies)])
        return mean(many, over: [Axis(copies)])
      },
    ]
  }

  /// Puts something that changes nothing after a third of all values.
  private static func putIn(
    _ name: String, _ amongWeights: Bool, _ change: @escaping @Sendable (Value, inout SplitMix) -> Value
  ) -> Transform {
    Transform("\(name) is put in" + (amongWeights ? ", where all is made of weights" : "")) { program, random in
      var found = false
      let isMadeOfWeights = program.madeOfWeights
      let result = try program.rewritten { place in
        let isChosen =
          Int.random(in: 0..<3, using: &random) == 0 && !place.instruction.role.isIndices
          && isMadeOfWeights[place.index] == amongWeights
        guard isChosen else { return nil }
        found = true
        return change(place.same(), &random)
      }
      return found ? result : nil
    }
  }
}

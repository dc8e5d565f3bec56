import TensorPrograms
import TestSupport

extension Transform {
  /// Operations that do nothing put in at random places.
  static let passages: [Transform] = [
    putIn("an identity is put in") { value, _ in map(.identity, value) },
    putIn("a factor 1 is put in") { value, _ in scale(value, by: Monomial()) },
    putIn("a factor -2 is put in, and taken out") { value, _ in -0.5 * (-2 * value) },
    putIn("a rename there and back is put in") { value, random in
      guard let axis = value.axes.randomElement(using: &random) else { return value }
      let fresh = Program.freshAxis(axis.dimension, besides: value.axes)
      return rename(rename(value, axis, to: fresh), fresh, to: axis)
    },
    putIn("copies are made, and averaged") { value, _ in
      let copies = Dimension("copies", 3)
      let many = expand(value, to: value.axes + [Axis(copies)])
      return mean(many, over: [Axis(copies)])
    },
  ]

  /// Puts something that changes nothing after a third of all values.
  private static func putIn(
    _ name: String, _ change: @escaping @Sendable (Value, inout SplitMix) -> Value
  ) -> Transform {
    Transform(name) { program, random in
      var found = false
      let result = try program.rewritten { place in
        let isChosen = Int.random(in: 0..<3, using: &random) == 0 && !place.instruction.role.isIndices
        guard isChosen else { return nil }
        found = true
        return change(place.same(), &random)
      }
      return found ? result : nil
    }
  }
}

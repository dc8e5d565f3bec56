import TensorPrograms
import TestSupport

extension Transform {
  /// The operands of products and sums in another order; axes of weights and of products in another order.
  static let operands: [Transform] = [
    Transform("operands of products change places") { program, _ in
      try program.replacing(Contract.self) { place, _ in
        place.operands.count < 2 ? nil : place.instead(Contract(), place.operands.reversed())
      }
    },
    Transform("operands of sums change places") { program, _ in
      try program.replacing(Add.self) { place, add in
        place.operands.count < 2
          ? nil : place.instead(Add(add.coefficients.reversed()), place.operands.reversed())
      }
    },
    Transform("axes of weights in another order") { program, _ in
      try program.replacing(Weight.self) { place, weight in
        place.axes.count < 2
          ? nil : place.recorder.record(weight, [], axes: place.axes.reversed(), name: place.name)
      }
    },
    Transform("axes of products in another order") { program, _ in
      // An insertion takes the order of its operand's axes for that of its result.
      if program.forward.contains(where: { program.instructions[$0].primitive is Insert }) { return nil }
      return try program.replacing(Contract.self) { place, contract in
        place.axes.count < 2
          ? nil : place.recorder.record(contract, place.operands, axes: place.axes.reversed(), name: place.name)
      }
    },
  ]
}

extension Program {
  /// Records the program again with something else for instructions of one primitive; nil if nothing was replaced.
  ///
  /// `replace` gives nil for those that stay.
  func replacing<P: Primitive>(_ type: P.Type, _ replace: (Place, P) throws -> Value?) throws -> Program? {
    var found = false
    let result = try rewritten { place in
      guard let primitive = place.instruction.primitive as? P, let value = try replace(place, primitive) else {
        return nil
      }
      found = true
      return value
    }
    return found ? result : nil
  }
}

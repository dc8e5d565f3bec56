package import TensorPrograms

extension Program {
  /// A small program with the same fault: instructions are left out one after another as long as `fails` still holds.
  ///
  /// A value becomes one of its operands, or data; sums and products lose operands; the loss becomes a product with data.
  package func shrunk(while fails: (Program) -> Bool) -> Program {
    var best = self
    var found = true
    while found {
      found = false
      for candidate in best.reductions() {
        guard let smaller = try? candidate.make().withoutUnused(), smaller.size < best.size, fails(smaller) else {
          continue
        }
        best = smaller
        found = true
        break
      }
    }
    return best
  }

  /// What a shrunk program has less of: instructions first, then operands.
  private var size: Int { forward.reduce(0) { $0 + 10 + 2 * instructions[$1].operands.count + instructions[$1].axes.count } }

  private struct Reduction {
    var make: () throws -> Program
  }

  private func reductions() -> [Reduction] {
    var result: [Reduction] = []
    for i in forward.reversed() {
      let instruction = instructions[i]
      if !instruction.operands.isEmpty {
        if loss?.index != i, !instruction.role.isIndices {
          result.append(Reduction { try self.replacing(i) { $0.recorder.input("cut\(i)", $0.axes) } })
        }
        for (k, operand) in instruction.operands.enumerated() where self[operand].axes == instruction.axes {
          result.append(Reduction { try self.replacing(i) { $0.operands[k] } })
        }
        if instruction.operands.count > 1 { result += withFewerOperands(i) }
      }
      if instruction.axes.allSatisfy({ $0.growth.isZero }), !instruction.axes.isEmpty, let loss,
        instructions[i].role.isData == false, instructions[i].role.isWeight == false, i + 3 < loss.index
      {
        result.append(
          Reduction {
            try Program(self.name) { p in
              let images = try self.record(into: p)
              guard let value = images[i] else { return }
              p.minimize(contract([value, p.input("probe", value.axes)], to: []))
            }
          })
      }
    }
    return result
  }

  private func withFewerOperands(_ i: Int) -> [Reduction] {
    instructions[i].operands.indices.compactMap { k in
      Reduction {
        try self.replacing(i) { place in
          var left = place.operands
          left.remove(at: k)
          if let add = place.instruction.primitive as? Add {
            var numbers = add.coefficients
            if !numbers.isEmpty { numbers.remove(at: k) }
            return place.instead(Add(numbers), left)
          }
          return place.same(left)
        }
      }
    }
  }

  private func replacing(_ i: Int, _ write: (Place) -> Value) throws -> Program {
    try rewritten { $0.index == i ? write($0) : nil }
  }
}

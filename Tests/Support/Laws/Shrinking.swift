package import TensorPrograms

extension Program {
  /// A small program with the same fault: instructions are left out one after another as long as `fails` still holds.
  ///
  /// A value becomes one of its operands, or data; sums and products lose operands. What makes a loss of the predictions
  /// stays, since a network without a scale to meet is another question.
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
  private var size: Int {
    forward.reduce(0) { $0 + 10 + 2 * instructions[$1].operands.count + instructions[$1].axes.count }
  }

  private struct Reduction {
    var make: () throws -> Program
  }

  private func reductions() -> [Reduction] {
    var result: [Reduction] = []
    let tail = lossTail
    for i in forward.reversed() {
      let instruction = instructions[i]
      if tail.contains(i) {
        if let add = instruction.primitive as? Add, add.coefficients.allSatisfy({ $0 == 1 }) {
          result += withFewerOperands(i)
        }
      } else if !instruction.operands.isEmpty {
        result.append(Reduction { try self.replacing(i) { $0.recorder.input("cut\(i)", $0.axes) } })
        for (k, operand) in instruction.operands.enumerated() where self[operand].axes == instruction.axes {
          result.append(Reduction { try self.replacing(i) { $0.operands[k] } })
        }
        if instruction.operands.count > 1 { result += withFewerOperands(i) }
      }
    }
    return result
  }

  /// From the loss back as far as a cross-entropy or a squared error reaches.
  private var lossTail: Set<Int> {
    var tail: Set<Int> = []
    if let loss { tail.insert(loss.index) }
    for i in forward.reversed() where tail.contains(i) {
      let primitive = instructions[i].primitive
      let isOfLoss =
        primitive is Add || primitive is Sum || primitive is ScaleBy || primitive is LogSumExp || primitive is Gather
        || (primitive as? Map)?.nonlinearity == .square
      guard isOfLoss else { continue }
      for operand in instructions[i].operands {
        // Predictions are what a cross-entropy reads and what a target is taken from.
        let isPrediction = primitive is LogSumExp || primitive is Gather || isDifference(i)
        if !isPrediction { tail.insert(operand.index) }
      }
    }
    return tail
  }

  /// Whether it takes data from something.
  private func isDifference(_ i: Int) -> Bool {
    instructions[i].primitive is Add && instructions[i].operands.contains { self[$0].role.isData }
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

import Exact
import Gallery
import TensorPrograms
import TestSupport

extension RandomBuilder {
  /// A loss of what nothing has used, or of a few of it.
  func finish() {
    let ends = vectors.filter { !isUsed($0) }
    let numbers = scalars.filter { !isUsed($0) }
    var losses: [Value] = []
    if !ends.isEmpty || numbers.isEmpty {
      losses.append(vectorLoss(ends.isEmpty ? [vectors[vectors.count - 1]] : ends))
    }
    if !numbers.isEmpty {
      let total = numbers.dropFirst().reduce(numbers[0]) { $0 + $1 }
      losses.append(meanSquaredError(total, p.input("target", lead)))
    }
    p.minimize(losses.dropFirst().reduce(losses[0]) { $0 + $1 }.named("loss"))
  }

  private func isUsed(_ value: Value) -> Bool { value.id.map { used.contains($0) } ?? true }

  private func vectorLoss(_ ends: [Value]) -> Value {
    switch below(10) {
    case 0 where ends.count == 1:
      // As many outputs as the width has.
      let to = dimension()
      let y = dense(tanh(ends[0]), to: to)
      return meanSquaredError(y, p.input("outputs", lead + [to]))
    case 1 where ends.count == 1:
      // Each example is told from the others by its own image, as far as data say which belong together.
      guard let batch = lead.first, lead.count == 1 else { break }
      let a = unit(ends[0])
      let b = rename(unit(dense(ends[0], to: ends[0].dimensions.last ?? small)), Axis(batch), to: batch.prime)
      let scores = contract([a, b], to: [Axis(batch), batch.prime]) * learnedScalar()
      let together = p.input("together", [Axis(batch), batch.prime])
      return mean(logSumExp(scores, over: [batch.prime]) - contract([scores, together], to: [Axis(batch)]))
    case 2: return meanSquaredError(logits(ends, to: Dimension("one", 1)), p.input("y", lead + [Dimension("one", 1)]))
    default: break
    }
    return crossEntropy(logits(ends, to: classes), p.labels("label", lead, below: classes))
  }

  private func unit(_ x: Value) -> Value {
    x / map(.sqrt, guarded(sum(map(.square, x), over: x.axes.suffix(1)), epsilon: 1e-6))
  }

  private func logits(_ ends: [Value], to outputs: Dimension) -> Value {
    let parts = ends.map { end in
      let y = chance(4) ? end : map(phi(), end)
      return Dense(name("readout"), to: outputs, zero: chance(4))(y)
    }
    return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
  }
}

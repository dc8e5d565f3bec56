import TensorPrograms
import TestSupport

extension Transform {
  /// Contractions split, joined, and taken in another order.
  static let contractions: [Transform] = [
    Transform("a contraction is split into pairs") { program, random in
      try program.replacing(Contract.self) { place, _ in
        place.operands.count < 3 ? nil : place.paired(place.operands, &random)
      }
    },
    Transform("a contraction is a product, then a sum") { program, random in
      try program.replacing(Contract.self) { place, _ in
        let all = place.operands.reduce(into: [Axis]()) { all, value in all += value.axes.filter { !all.contains($0) } }
        guard place.operands.count > 1, all.count > place.axes.count, Bool.random(using: &random) else { return nil }
        let product = place.recorder.record(Contract(), place.operands, axes: all)
        return place.instead(Sum(), [product])
      }
    },
    Transform("contractions are joined") { program, _ in
      try program.joiningContractions { place, values in place.instead(Contract(), values) }
    },
    Transform("contractions are taken in another order") { program, random in
      try program.joiningContractions { place, values in place.paired(values, &random) }
    },
    Transform("an outer product is taken first") { program, _ in
      try program.joiningContractions { place, values in place.outerFirst(values) }
    },
    Transform("sums are taken one axis at a time") { program, random in
      try program.replacing(Sum.self) { place, _ in
        let over = place.operands[0].axes.filter { !place.axes.contains($0) }.shuffled(using: &random)
        guard over.count > 1 else { return nil }
        let first = place.operands[0].axes.filter { $0 != over[0] }
        return place.instead(Sum(), [place.recorder.record(Sum(), place.operands, axes: first)])
      }
    },
    Transform("sums are taken two at a time") { program, random in
      try program.replacing(Add.self) { place, add in
        guard place.operands.count > 2 else { return nil }
        let numbers = add.coefficients.isEmpty ? place.operands.map { _ in 1 } : add.coefficients
        let k = Int.random(in: 1..<place.operands.count, using: &random)
        let (a, b) = (place.operands[0], place.operands[k])
        // The wider of the two has the axes of their sum only if it has all of the other's.
        guard a.axes.allSatisfy(b.axes.contains) || b.axes.allSatisfy(a.axes.contains) else { return nil }
        let pair = place.recorder.record(Add([numbers[0], numbers[k]]), [a, b])
        let rest = place.operands.indices.filter { $0 != 0 && $0 != k }
        return place.instead(Add([1] + rest.map { numbers[$0] }), [pair] + rest.map { place.operands[$0] })
      }
    },
  ]
}

extension Place {
  /// The contraction of these to the axes here, two at a time in a random order, of those that are summed together.
  fileprivate func paired(_ values: [Value], _ random: inout SplitMix) -> Value {
    var left = values.shuffled(using: &random)
    while left.count > 2 {
      let a = left.removeLast()
      let k = left.firstIndex { $0.axes.contains { a.axes.contains($0) && !axes.contains($0) } } ?? 0
      let b = left.remove(at: k)
      let wanted = Set(left.flatMap(\.axes)).union(axes)
      let kept = (a.axes + b.axes.filter { !a.axes.contains($0) }).filter { wanted.contains($0) }
      left.insert(recorder.record(Contract(), [a, b], axes: kept), at: Int.random(in: 0...left.count, using: &random))
    }
    return instead(Contract(), left)
  }
}

extension Place {
  /// The contraction of these to the axes here, two that share no axis first.
  fileprivate func outerFirst(_ values: [Value]) -> Value? {
    for (k, a) in values.enumerated() {
      guard let j = values.indices.first(where: { j in j > k && a.axes.allSatisfy { !values[j].axes.contains($0) } })
      else { continue }
      let product = recorder.record(Contract(), [a, values[j]], axes: a.axes + values[j].axes)
      return instead(Contract(), [product] + values.indices.filter { $0 != k && $0 != j }.map { values[$0] })
    }
    return nil
  }
}

extension Program {
  /// Writes each contraction of a contraction as one of all their operands, which `write` records; nil if there is none.
  ///
  /// A rename between the two is done to the operands before, under names that none of the others has.
  fileprivate func joiningContractions(_ write: (Place, [Value]) -> Value?) throws -> Program? {
    let uses = self.uses
    var joined: Set<Int> = []
    let result = try replacing(Contract.self) { place, _ in
      for (k, operand) in place.instruction.operands.enumerated() {
        guard let chain = chain(to: operand.index, uses), !joined.contains(chain[0]) else { continue }
        joined.insert(place.index)
        var others = place.operands
        others.remove(at: k)
        let factors = instructions[chain[0]].operands.compactMap { place.images[$0.index] }
        return write(
          place, others + rename(factors, through: chain, avoiding: others.flatMap(\.axes) + place.axes))
      }
      return nil
    }
    return try isAllUsed ? result?.withoutUnused() : result
  }

  /// From a contraction to a value that is the same under other names, used nowhere else; nil if there is none.
  private func chain(to value: Int, _ uses: [Int]) -> [Int]? {
    var chain: [Int] = []
    var i = value
    while uses[i] == 1 {
      chain.insert(i, at: 0)
      let instruction = instructions[i]
      if instruction.primitive is Contract { return instruction.operands.count > 1 ? chain : nil }
      guard instruction.primitive is Rename else { return nil }
      i = instruction.operands[0].index
    }
    return nil
  }

  /// The operands of the chain's contraction under the names that its result has in the end; what is summed there gets
  /// names that are not among `others`.
  private func rename(_ factors: [Value], through chain: [Int], avoiding others: [Axis]) -> [Value] {
    let kept = instructions[chain[0]].axes
    var final = kept
    for i in chain.dropFirst() {
      guard let rename = instructions[i].primitive as? Rename else { continue }
      final = final.map { $0 == rename.axis ? rename.other : $0 }
    }
    var names = Dictionary(uniqueKeysWithValues: zip(kept, final))
    var taken = Set(others + final + factors.flatMap(\.axes))
    for axis in factors.flatMap(\.axes) where names[axis] == nil {
      let isFree = !others.contains(axis) && !final.contains(axis)
      names[axis] = isFree ? axis : Program.freshAxis(axis.dimension, besides: taken)
      taken.insert(names[axis] ?? axis)
    }
    return factors.map { $0.renamed(names, avoiding: taken) }
  }
}

extension Value {
  /// Under other names of its axes, all at once.
  func renamed(_ names: [Axis: Axis], avoiding taken: Set<Axis>) -> Value {
    var value = self
    var left = axes.filter { (names[$0] ?? $0) != $0 }.map { (from: $0, to: names[$0] ?? $0) }
    while !left.isEmpty {
      // A name that nothing has yet; where there is none, names go in a circle, which a fresh one opens.
      if let k = left.firstIndex(where: { !value.axes.contains($0.to) }) {
        value = rename(value, left[k].from, to: left[k].to)
        left.remove(at: k)
      } else {
        let fresh = Program.freshAxis(left[0].from.dimension, besides: taken.union(value.axes))
        value = rename(value, left[0].from, to: fresh)
        left[0].from = fresh
      }
    }
    return value
  }
}

import Exact

extension Program {
  /// The same network with every product of weights taken apart where it meets data: `(A B) x` as `A (B x)`,
  /// `(W + B A) x` as `W x + B (A x)`, an n-ary contraction as products of two. Multiplication is associative and
  /// distributes over sums, so nothing that is computed changes; what the calculus says of a matrix, it says of one that
  /// meets a vector.
  ///
  /// A program in which no product of weights meets data is returned as it is.
  public func associated() -> Program {
    let forward = forwardPass
    let isRaw = forward.madeOfWeights
    guard forward.instructions.indices.contains(where: { forward.isTakenApart($0, isRaw) }) else { return self }
    var writer = AssociatedWriter(forward, isRaw)
    return writer.write() ?? self
  }

  /// Which values are made of weights alone.
  fileprivate var madeOfWeights: [Bool] {
    var result = [Bool](repeating: false, count: instructions.count)
    for (i, instruction) in instructions.enumerated() {
      result[i] =
        instruction.operands.isEmpty
        ? instruction.role.isWeight : instruction.operands.allSatisfy { result[$0.index] }
    }
    return result
  }

  /// Whether an instruction is a contraction of data, or of a vector made of weights, with a product of weights.
  fileprivate func isTakenApart(_ i: Int, _ isRaw: [Bool]) -> Bool {
    let instruction = instructions[i]
    guard instruction.role.isContraction else { return false }
    let entering = factors(of: instruction, isRaw)
    if isRaw[i] && entering.count == instruction.operands.count && !sumsProduct(instruction) { return false }
    return entering.count > 1 || entering.contains { isProduct($0) }
  }

  /// The operands of a contraction that are matrices to the others: what is made of weights; of nothing but that, what
  /// varies along the most growing axes. A vector through matrices is to them what data are.
  fileprivate func factors(of instruction: Instruction, _ isRaw: [Bool]) -> [ValueID] {
    let raw = instruction.operands.filter { isRaw[$0.index] }
    guard raw.count == instruction.operands.count else { return raw }
    func growing(_ id: ValueID) -> Int { self[id].axes.reduce(0) { $1.growth.isZero ? $0 : $0 + 1 } }
    let most = raw.map(growing).max() ?? 0
    return raw.filter { growing($0) == most || growing($0) == 0 }
  }

  /// Whether this is the sum of a product over a growing axis: the product applied to ones.
  private func sumsProduct(_ instruction: Instruction) -> Bool {
    instruction.operands.count == 1 && isProduct(instruction.operands[0])
      && self[instruction.operands[0]].axes.contains { !$0.growth.isZero && !instruction.axes.contains($0) }
  }

  /// Whether this is a product of values of the same shape, entry by entry, or of one value: there is nothing to take
  /// apart, and none of the factors comes before another.
  private func isEntrywise(_ instruction: Instruction) -> Bool {
    instruction.operands.allSatisfy { Set(self[$0].axes) == Set(instruction.axes) } || instruction.operands.count == 1
  }

  /// Whether a value made of weights is a product of some, perhaps behind linear operations that keep its entries apart.
  fileprivate func isProduct(_ id: ValueID) -> Bool {
    let instruction = self[id]
    switch instruction.role {
    case .contraction: return !isEntrywise(instruction) || instruction.operands.contains { isProduct($0) }
    case .passage, .sum, .copies: return instruction.operands.contains { isProduct($0) }
    case .function(let profile): return profile.isLinear && isProduct(instruction.operands[0])
    case .input, .indices, .weight, .state, .one, .constant, .guarded, .linear, .nonlinear: return false
    }
  }
}

/// Writes a program anew with its products of weights taken apart.
private struct AssociatedWriter {
  let program: Program
  let isRaw: [Bool]
  let recorder: Recorder
  private var values: [Value] = []
  /// The most primes that an axis of each dimension bears.
  private var primes: [String: Int] = [:]

  /// A product: factors, and numbers that multiply it.
  private struct Term {
    var factors: [(value: Value, order: Int)]
    var coefficient = 1.0
    /// Operations that multiply by a number, which are done at the end.
    var scalings: [any Primitive] = []
  }

  init(_ program: Program, _ isRaw: [Bool]) {
    self.program = program
    self.isRaw = isRaw
    var empty = Program(name: program.name)
    empty.sources = program.sources
    // Names of one's own, beyond those of the program.
    let numbers = program.instructions.compactMap { Int($0.name.dropFirst()) }
    recorder = Recorder(empty, reserving: numbers.max() ?? 0)
  }

  mutating func write() -> Program? {
    for dimension in program.dimensions { try? recorder.declare(dimension) }
    for (i, instruction) in program.instructions.enumerated() {
      let operands = instruction.operands.map { values[$0.index] }
      if program.isTakenApart(i, isRaw) {
        values.append(takenApart(instruction))
      } else {
        values.append(recorder.record(instruction.primitive, operands, axes: instruction.axes, name: instruction.name))
      }
    }
    if let loss = program.loss { recorder.minimize(values[loss.index]) }
    return try? recorder.finish()
  }

  private mutating func takenApart(_ instruction: Instruction) -> Value {
    let factors = program.factors(of: instruction, isRaw)
    let data = instruction.operands.filter { !factors.contains($0) }
    var terms = [Term(factors: [])]
    for operand in instruction.operands where factors.contains(operand) { terms = multiplied(terms, expanded(operand)) }
    let products = terms.map { product(data.map { values[$0.index] }, $0, to: instruction.axes) }
    let coefficients = terms.map(\.coefficient)
    if products.count == 1, coefficients[0] == 1, let id = products[0].id {
      recorder.edit { $0.instructions[id.index].name = instruction.name }
      return products[0]
    }
    return add(products, times: coefficients, to: instruction.axes, name: instruction.name)
  }

  /// The products of which a value made of weights is the sum. The axes that a product sums get names of their own.
  private mutating func expanded(_ id: ValueID) -> [Term] {
    let instruction = program[id]
    guard program.isProduct(id) else { return [Term(factors: [(values[id.index], id.index)])] }
    switch instruction.role {
    case .passage(.renamed(let axis, let other)):
      return expanded(instruction.operands[0]).map { renamed($0, axis, to: other) }
    case .passage(.scaled), .function:
      return expanded(instruction.operands[0]).map {
        var term = $0
        term.scalings.append(instruction.primitive)
        return term
      }
    case .copies: return expanded(instruction.operands[0])
    case .sum(let coefficients):
      return instruction.operands.enumerated().flatMap { i, operand in
        expanded(operand).map {
          var term = $0
          if !coefficients.isEmpty { term.coefficient *= coefficients[i] }
          return term
        }
      }
    case .input, .indices, .weight, .state, .one, .constant, .guarded, .contraction, .linear, .nonlinear:
      var terms = [Term(factors: [])]
      for operand in instruction.operands { terms = multiplied(terms, expanded(operand)) }
      let summed = program.operandAxes(instruction).joined().filter { !instruction.axes.contains($0) }
      for axis in summed.reduce(into: [Axis](), { if !$0.contains($1) { $0.append($1) } }) {
        let fresh = unusedAxis(axis.dimension)
        terms = terms.map { renamed($0, axis, to: fresh) }
      }
      return terms
    }
  }

  private func multiplied(_ terms: [Term], _ others: [Term]) -> [Term] {
    terms.flatMap { term in
      others.map {
        Term(
          factors: term.factors + $0.factors, coefficient: term.coefficient * $0.coefficient,
          scalings: term.scalings + $0.scalings)
      }
    }
  }

  /// Another index of a dimension than any in use.
  private mutating func unusedAxis(_ dimension: Dimension) -> Axis {
    let most =
      primes[dimension.name]
      ?? program.instructions.lazy.flatMap(\.axes).filter { $0.dimension == dimension }.map(\.primes).max() ?? 0
    primes[dimension.name] = most + 1
    return Axis(dimension, primes: most + 1)
  }

  private func renamed(_ term: Term, _ axis: Axis, to other: Axis) -> Term {
    var term = term
    term.factors = term.factors.map { value, order in
      (value.axes.contains(axis) ? rename(value, axis, to: other) : value, order)
    }
    return term
  }

  /// Factors of the same shape are multiplied entry by entry, since none of them comes before another.
  private func together(_ factors: [(value: Value, order: Int)]) -> [(value: Value, order: Int)] {
    var result: [(value: Value, order: Int)] = []
    for factor in factors {
      guard let k = result.firstIndex(where: { Set($0.value.axes) == Set(factor.value.axes) }) else {
        result.append(factor)
        continue
      }
      result[k].value = contract([result[k].value, factor.value], to: result[k].value.axes)
    }
    return result
  }

  /// Data first, then one factor after the other: the one over which most is summed, then the one recorded first.
  private func product(_ data: [Value], _ term: Term, to axes: [Axis]) -> Value {
    var left = together(term.factors)
    func needed(_ axis: Axis) -> Bool { axes.contains(axis) || left.contains { $0.value.axes.contains(axis) } }
    func kept(_ values: [Value]) -> [Axis] {
      var result: [Axis] = []
      for axis in values.flatMap(\.axes) where needed(axis) && !result.contains(axis) { result.append(axis) }
      return result
    }
    var result = data.isEmpty ? left.removeFirst().value : data.count == 1 ? data[0] : contract(data, to: kept(data))
    while !left.isEmpty {
      func weight(_ k: Int) -> Rational {
        left[k].value.axes.reduce(Rational.zero) { sum, axis in
          let others = left.indices.contains { $0 != k && left[$0].value.axes.contains(axis) }
          return !axes.contains(axis) && !others && result.axes.contains(axis) ? sum + axis.growth + 1 : sum
        }
      }
      let next = left.indices.max { (weight($0), -left[$0].order) < (weight($1), -left[$1].order) } ?? 0
      var pair = [result, left.remove(at: next).value]
      let axes = kept(pair)
      for k in 0..<2 {
        // What the other lacks is summed before.
        let own = pair[k].axes.filter { axes.contains($0) || pair[1 - k].axes.contains($0) }
        if own != pair[k].axes { pair[k] = contract([pair[k]], to: own) }
      }
      result = contract(pair, to: axes)
    }
    for scaling in term.scalings { result = recorder.record(scaling, [result], axes: result.axes) }
    let present = axes.filter(result.axes.contains)
    if present != result.axes { result = contract([result], to: present) }
    return expand(result, to: axes)
  }
}

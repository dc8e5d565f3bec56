extension Program {
  /// The same network with every product in the order in which weights meet data one after the other: `(A B) x` as
  /// `A (B x)`, `(W + B A) x` as `W x + B (A x)`, `(w x') A` as `(A' x)' w`, an n-ary contraction as products of two.
  /// Multiplication is associative and distributes over sums, so nothing that is computed changes; what the calculus says
  /// of a matrix, it says of one that meets a vector.
  ///
  /// A program whose products are all in such an order is returned as it is. Throws ``ProgramError`` if the program itself
  /// is not one that can be recorded.
  public func associated() throws -> Program {
    let forward = forwardPass
    let trees = ContractionTrees(forward)
    guard trees.isTakenApart.contains(true) else { return self }
    var writer = AssociatedWriter(forward, trees)
    return try writer.write().checked()
  }
}

/// Writes a program anew with its products in another order.
private struct AssociatedWriter {
  let program: Program
  let trees: ContractionTrees
  let recorder: Recorder
  /// By value of the program; nil of those that are no longer made.
  private var values: [Value?] = []
  /// The most primes that an axis of each dimension bears.
  private var primes: [String: Int] = [:]

  private struct Factor {
    var value: Value
    /// How far from the inputs; nil of what is made of weights.
    var depth: Int?
  }

  /// A product: factors, and numbers that multiply it.
  private struct Term {
    var factors: [Factor]
    var coefficient = 1.0
    /// Operations that multiply by a number, which are done at the end.
    var scalings: [any Primitive] = []
  }

  init(_ program: Program, _ trees: ContractionTrees) {
    self.program = program
    self.trees = trees
    var empty = Program(name: program.name)
    empty.sources = program.sources
    // Names of one's own, beyond those of the program.
    let numbers = program.instructions.compactMap { Int($0.name.dropFirst()) }
    recorder = Recorder(empty, reserving: numbers.max() ?? 0)
    for axis in program.instructions.lazy.flatMap(\.axes) {
      primes[axis.dimension.name] = max(primes[axis.dimension.name] ?? 0, axis.primes)
    }
  }

  mutating func write() throws -> Program {
    for dimension in program.dimensions { try recorder.declare(dimension) }
    let isNew = newlyWritten
    for (i, instruction) in program.instructions.enumerated() {
      if isNew[i] && trees.isInner[i] {
        values.append(nil)
      } else if isNew[i] {
        values.append(takenApart(instruction))
      } else {
        let operands = instruction.operands.compactMap { values[$0.index] }
        values.append(recorder.record(instruction.primitive, operands, axes: instruction.axes, name: instruction.name))
      }
    }
    if let loss = program.loss, let value = values[loss.index] { recorder.minimize(value) }
    return try recorder.finish()
  }

  /// What belongs to a product that is taken apart.
  private var newlyWritten: [Bool] {
    var result = trees.isTakenApart
    for (i, instruction) in program.instructions.enumerated().reversed() where result[i] {
      for operand in instruction.operands where trees.isInner[operand.index] { result[operand.index] = true }
    }
    return result
  }

  private mutating func takenApart(_ instruction: Instruction) -> Value {
    let count = recorder.program.instructions.count
    let vectors = instruction.operands.filter { !trees.factors(of: instruction).contains($0) && trees.isRaw[$0.index] }
    let terms = terms(of: instruction, besides: Set(vectors))
    let products = terms.map { product($0, to: instruction.axes) }
    let coefficients = terms.map(\.coefficient)
    if products.count == 1, coefficients[0] == 1, let id = products[0].id, id.index >= count {
      recorder.edit { $0.instructions[id.index].name = instruction.name }
      return products[0]
    }
    return add(products, times: coefficients, to: instruction.axes, name: instruction.name)
  }

  /// The products of which a contraction is the sum, its vectors left as they are. The axes that it sums get names of their
  /// own.
  private mutating func terms(of instruction: Instruction, besides vectors: Set<ValueID> = []) -> [Term] {
    var terms = [Term(factors: [])]
    for operand in instruction.operands {
      terms = multiplied(terms, vectors.contains(operand) ? factor(operand, isData: true) : expanded(operand))
    }
    let summed = program.operandAxes(instruction).joined().filter { !instruction.axes.contains($0) }
    for axis in summed.reduce(into: [Axis](), { if !$0.contains($1) { $0.append($1) } }) {
      let fresh = unusedAxis(axis.dimension)
      terms = terms.map { renamed($0, axis, to: fresh) }
    }
    return terms
  }

  /// The products of which a factor is the sum.
  private mutating func expanded(_ id: ValueID) -> [Term] {
    let instruction = program[id]
    guard trees.isInner[id.index] || (trees.isRaw[id.index] && trees.isProduct(id)) else {
      return factor(id, isData: !trees.isRaw[id.index])
    }
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
      return terms(of: instruction)
    }
  }

  private func factor(_ id: ValueID, isData: Bool) -> [Term] {
    values[id.index].map { [Term(factors: [Factor(value: $0, depth: isData ? trees.depth[id.index] : nil)])] } ?? []
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
    let most = (primes[dimension.name] ?? 0) + 1
    primes[dimension.name] = most
    return Axis(dimension, primes: most)
  }

  private func renamed(_ term: Term, _ axis: Axis, to other: Axis) -> Term {
    var term = term
    for k in term.factors.indices where term.factors[k].value.axes.contains(axis) {
      term.factors[k].value = rename(term.factors[k].value, axis, to: other)
    }
    return term
  }

  private func product(_ term: Term, to axes: [Axis]) -> Value {
    var order = ContractionOrder(
      data: term.factors.compactMap { factor in factor.depth.map { (factor.value, $0) } },
      weights: term.factors.filter { $0.depth == nil }.map(\.value), to: axes)
    var result = order.record()
    for scaling in term.scalings { result = recorder.record(scaling, [result], axes: result.axes) }
    return expand(result, to: axes)
  }
}

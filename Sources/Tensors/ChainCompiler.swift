internal import CVectorMath

/// Turns the operations of a chain into steps: sums and products that one other operation reads are computed within it,
/// and a division, also by a root, is one step.
struct ChainCompiler {
  typealias Extent = BlockPlan.Extent

  enum Definition {
    case linear(Linear)
    case map(UnaryFunction, Int)
    case pair(PairFunction, Int, Int)
    case rows(RowOperation, [Int])
    /// e^x over its sum, of a multiple of a register; of the first row / divisor % modulus + 1 entries of a row.
    case softmax(Linear.Term, divisor: Int, modulus: Int)
    /// numerator / denominator, or numerator / (root of the denominator's first term + its offset); added to a register
    /// and a multiple of it, if `plus` is given.
    case quotient(Linear.Term, Linear, root: Bool, plus: (register: Int, times: RunNumber)? = nil)

    var reads: [Int] {
      switch self {
      case .linear(let sum): sum.registers
      case .map(_, let register): [register]
      case .pair(_, let a, let b): [a, b]
      case .rows(_, let registers): registers
      case .softmax(let term, _, _): term.arrays + term.numbers
      case .quotient(let term, let sum, _, let plus):
        term.arrays + term.numbers + sum.registers + (plus.map { [$0.register] } ?? [])
      }
    }
  }

  private(set) var extents: [Extent]
  var steps: [PreparedStep] = []
  private(set) var numbers: [RunNumber] = []
  /// The register of each output.
  private(set) var outputs: [Int] = []
  /// How each computed register is computed.
  var definitions: [Int: Definition] = [:] { didSet { counts = nil } }
  /// How often each register is read; nil after a definition has changed.
  var counts: [Int]?
  /// The registers that lead to outputs.
  private var needed: Set<Int> = []
  private let inputCount: Int

  /// `rowOutputs`: which outputs have one number for each row.
  init(_ operations: [ElementwiseOperation], inputs: [Extent], outputs: [Int], rowOutputs: [Bool]) {
    inputCount = inputs.count
    extents = inputs
    for (i, operation) in operations.enumerated() {
      let target = inputs.count + i
      var extent = operation.registers.reduce(Extent.number) { $0.joined(extents[$1]) }
      if case .rows(let row, _) = operation { extent = row.reduces ? .row : .array }
      extents.append(extent)
      definitions[target] = definition(of: operation, extent)
    }
    join(Array(inputs.count..<extents.count), outputs: outputs)
    needed = Set(outputs)
    for register in (inputs.count..<extents.count).reversed() where needed.contains(register) {
      needed.formUnion(definitions[register]?.reads ?? [])
    }
    for register in inputs.count..<inputs.count + operations.count where needed.contains(register) {
      if let definition = definitions[register], !steps.contains(where: { $0.targets.contains(register) }) {
        emit(definition, to: register)
      }
    }
    joinMeans()
    // Each output needs a register of its own, with an entry at each place of the result.
    for (k, register) in outputs.enumerated() {
      let wanted: Extent = rowOutputs[k] ? .row : .array
      let isOwn = register >= inputs.count && extents[register] == wanted && !self.outputs.contains(register)
      self.outputs.append(isOwn ? register : copy(register, as: wanted))
    }
  }

  private func definition(of operation: ElementwiseOperation, _ extent: Extent) -> Definition {
    let isNumber = { (register: Int) in self.isNumber(register, beside: extent) }
    switch operation {
    case .map(let function, let register):
      guard function.known == .square else { return .map(function, register) }
      return .linear(Linear([(1, [register, register])], offset: 0, isNumber: isNumber))
    case .pair(let function, let a, let b): return .pair(function, a, b)
    case .rows(let row, let registers): return .rows(row, registers)
    case .product(let registers): return .linear(Linear([(1, registers)], offset: 0, isNumber: isNumber))
    case .combination(let terms, let offset):
      return .linear(
        Linear(terms.map { ($0.coefficient, [$0.register]) }, offset: offset, isNumber: isNumber))
    }
  }

  /// Whether a step of some extent reads a register as one number for a row of its own.
  private func isNumber(_ register: Int, beside extent: Extent) -> Bool {
    switch extent {
    case .number: false
    case .row, .column: extents[register] == .number
    case .array: extents[register] == .number || extents[register] == .row
    }
  }

  // MARK: - Steps

  private mutating func fresh(_ extent: Extent) -> Int {
    extents.append(extent)
    return extents.count - 1
  }

  private mutating func place(of number: RunNumber) -> Int32 {
    if let known = numbers.firstIndex(of: number) { return Int32(known) }
    numbers.append(number)
    return Int32(numbers.count - 1)
  }

  private mutating func append(_ step: PreparedStep) { steps.append(step) }

  private mutating func step(_ form: Int, to target: Int, _ operands: [Int] = []) -> PreparedStep {
    let zero = place(of: RunNumber.zero)
    return PreparedStep(form, extents[target], to: target, operands, zero: zero)
  }

  private mutating func emit(_ definition: Definition, to target: Int) {
    switch definition {
    case .linear(let sum): emit(sum, to: target)
    case .map(let function, let register):
      if let (pair, value, slope) = pair(function, register, target) {
        var step = step(VM_PAIR, to: value, [register])
        (step.c.second, step.c.vm_pair_f32, step.c.vm_pair_f64) = (Int32(slope), pair.float, pair.double)
        return append(step)
      }
      var step = step(VM_MAP, to: target, [register])
      step.set(function)
      append(step)
    case .pair(let function, let a, let b):
      var step = step(function == .maximum ? VM_MAXIMUM : VM_ANGLE, to: target)
      let one = place(of: RunNumber.one)
      if isNumber(a, beside: extents[target]) {
        (step.c.s, step.c.s_factor) = (one, Int32(a))
      } else {
        step.c.a = Int32(a)
      }
      if isNumber(b, beside: extents[target]) {
        (step.c.t, step.c.t_factor) = (one, Int32(b))
      } else {
        step.c.b = Int32(b)
      }
      append(step)
    case .rows(let row, let registers): emit(row, registers, to: target)
    case .softmax(let term, let divisor, let modulus):
      var step = step(VM_ROW_SOFTMAX, to: target, term.arrays)
      (step.c.s, step.c.s_factor) = (place(of: term.coefficient), Int32(term.numbers.first ?? -1))
      (step.c.divisor, step.c.modulus) = (Int32(divisor), Int32(modulus))
      append(step)
    case .quotient(let numerator, let denominator, let root, let plus):
      var step = step(
        plus != nil ? VM_ROOT_QUOTIENT_SUM : root ? VM_ROOT_QUOTIENT : VM_QUOTIENT, to: target,
        [numerator.arrays[0], denominator.terms[0].arrays[0]])
      if let plus { (step.c.c, step.c.u) = (Int32(plus.register), place(of: plus.times)) }
      step.c.s = place(of: numerator.coefficient)
      step.c.s_factor = Int32(numerator.numbers.first ?? -1)
      step.c.t = place(of: denominator.terms[0].coefficient)
      step.c.t_factor = Int32(denominator.terms[0].numbers.first ?? -1)
      step.c.o = place(of: denominator.offset)
      append(step)
    }
  }

  /// A function of a register and its derivative there, if both are needed and there is a loop for them together.
  private func pair(
    _ function: UnaryFunction, _ operand: Int, _ target: Int
  ) -> (UnaryFunction.Pair, value: Int, slope: Int)? {
    for other in needed.sorted() where other > target {
      guard case .map(let second, operand)? = definitions[other] else { continue }
      if let pair = function.pair(with: second) { return (pair, target, other) }
      if let pair = second.pair(with: function) { return (pair, other, target) }
    }
    return nil
  }

  private mutating func emit(_ row: RowOperation, _ registers: [Int], to target: Int) {
    // Operations along rows read whole arrays: smaller registers are spread out first.
    var operands = registers.map { extents[$0] == .array || extents[$0] == .column ? $0 : copy($0, as: .array) }
    switch row {
    case .sum:
      if operands.count > 2 {
        let product = fresh(.array)
        emit(Linear([(1, operands)], offset: 0) { _ in false }, to: product)
        operands = [product]
      }
      append(step(operands.count == 2 ? VM_ROW_DOT : VM_ROW_SUM, to: target, operands))
    case .maximum: append(step(VM_ROW_MAXIMUM, to: target, operands))
    case .logSumExp: append(step(VM_ROW_LOG_SUM_EXP, to: target, operands))
    case .softmax:
      let term = Linear.Term(coefficient: .one, arrays: operands, numbers: [])
      emit(.softmax(term, divisor: 1, modulus: 0), to: target)
    case .mask(let divisor, let modulus, let fill):
      var step = step(VM_ROW_MASK, to: target, operands)
      (step.c.divisor, step.c.modulus, step.c.number) = (Int32(divisor), Int32(modulus), fill)
      append(step)
    }
    // The result has a row for each row of the block, whatever the operands have.
    steps[steps.count - 1].extent = .array
  }

  /// A register with the same entries at more places.
  private mutating func copy(_ register: Int, as extent: Extent) -> Int {
    let target = fresh(extent)
    emit(Linear([(1, [register])], offset: 0) { isNumber($0, beside: extent) }, to: target)
    return target
  }

  private mutating func emit(_ sum: Linear, to target: Int) {
    let extent = extents[target]
    var terms = sum.arrayTerms
    // One number for each row in front of a term, and one to add.
    let below: Extent = extent == .array ? .row : .number
    for i in terms.indices {
      if terms[i].numbers.count > 1 {
        let product = fresh(joined(terms[i].numbers, below))
        emit(Linear([(1, terms[i].numbers)], offset: 0) { isNumber($0, beside: extents[product]) }, to: product)
        terms[i].numbers = [product]
      }
      while terms[i].arrays.count > 3 {
        let product = fresh(extent)
        emit(Linear([(1, Array(terms[i].arrays.prefix(2)))], offset: 0) { _ in false }, to: product)
        terms[i].arrays = [product] + terms[i].arrays.dropFirst(2)
      }
    }
    var shift: Int?
    let shifts = sum.shifts
    if shifts.count == 1, shifts[0].numbers.count == 1, shifts[0].coefficient.isOne {
      shift = shifts[0].numbers[0]
    } else if !shifts.isEmpty {
      let total = fresh(joined(shifts.flatMap(\.numbers), below))
      var inner = Linear([], offset: 0) { _ in false }
      for term in shifts {
        let parts = Linear([(1, term.numbers)], offset: 0) { isNumber($0, beside: extents[total]) }.terms[0]
        inner.add(Linear.Term(coefficient: term.coefficient, arrays: parts.arrays, numbers: parts.numbers))
      }
      emit(inner, to: total)
      shift = total
    }
    terms.sort { $0.arrays.count > $1.arrays.count }
    var offset = sum.offset
    var soFar: Linear.Term?
    repeat {
      var taken = soFar.map { [$0] } ?? []
      while let next = terms.first, Self.form((taken + [next]).map(\.arrays.count)) != nil {
        // A product of three arrays has no room for a number.
        if next.arrays.count == 3, !taken.isEmpty || !offset.isZero || shift != nil { break }
        taken.append(next)
        terms.removeFirst()
      }
      if taken.isEmpty || taken.count == 1 && soFar != nil, let next = terms.first {
        // Three factors beside something else: two of them first.
        let product = fresh(extent)
        emit(Linear([(1, Array(next.arrays.prefix(2)))], offset: 0) { _ in false }, to: product)
        terms[0].arrays = [product] + next.arrays.dropFirst(2)
        continue
      }
      taken.sort { $0.arrays.count > $1.arrays.count }
      emit(taken, offset, shift, to: target)
      (offset, shift) = (RunNumber.zero, nil)
      soFar = Linear.Term(coefficient: RunNumber.one, arrays: [target], numbers: [])
    } while !terms.isEmpty
  }

  private func joined(_ registers: [Int], _ most: Extent) -> Extent {
    min(most, registers.reduce(Extent.number) { $0.joined(extents[$1]) })
  }

  private static func form(_ counts: [Int]) -> Int? {
    switch counts.sorted(by: >) {
    case []: VM_NUMBER
    case [1]: VM_SCALE
    case [1, 1]: VM_SUM2
    case [1, 1, 1]: VM_SUM3
    case [2]: VM_PRODUCT2
    case [3]: VM_PRODUCT3
    case [2, 1]: VM_PRODUCT2_SUM
    case [2, 2]: VM_PRODUCT2_PRODUCT2
    default: nil
    }
  }

  private mutating func emit(_ terms: [Linear.Term], _ offset: RunNumber, _ shift: Int?, to target: Int) {
    var step = step(Self.form(terms.map(\.arrays.count)) ?? VM_NUMBER, to: target, terms.flatMap(\.arrays))
    step.c.o = place(of: offset)
    step.c.shift = Int32(shift ?? -1)
    for (i, term) in terms.enumerated() {
      let (coefficient, factor) = (place(of: term.coefficient), Int32(term.numbers.first ?? -1))
      switch i {
      case 0: (step.c.s, step.c.s_factor) = (coefficient, factor)
      case 1: (step.c.t, step.c.t_factor) = (coefficient, factor)
      default: (step.c.u, step.c.u_factor) = (coefficient, factor)
      }
    }
    append(step)
  }
}

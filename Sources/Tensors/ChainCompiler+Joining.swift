internal import CVectorMath

/// Computes a value that only one other operation reads within that operation.
extension ChainCompiler {
  /// How often each register is read by the operations that lead to an output, or is an output.
  private mutating func readers(_ outputs: [Int]) -> [Int] {
    if let counts { return counts }
    var count = [Int](repeating: 0, count: extents.count)
    for output in outputs { count[output] += 1 }
    for register in count.indices.reversed() where count[register] > 0 {
      for read in definitions[register]?.reads ?? [] { count[read] += 1 }
    }
    counts = count
    return count
  }

  mutating func join(_ registers: [Int], outputs: [Int]) {
    for register in registers {
      if case .linear(let sum)? = definitions[register], sum.isMultiple,
        let inner = exchanged(register, readers(outputs))
      {
        join([inner], outputs: outputs)
      }
      if case .rows(.softmax, _)? = definitions[register], let softmax = softmax(register, readers(outputs)) {
        definitions[register] = softmax
      }
      while case .linear(let sum)? = definitions[register] {
        let readers = readers(outputs)
        var joined: Linear?
        for inner in Set(sum.terms.flatMap(\.arrays)).sorted()
        where joined == nil && readers[inner] == 1 && extents[inner] == extents[register] {
          if case .linear(let other)? = definitions[inner] { joined = sum.replacing(inner, by: other) }
        }
        guard let joined else { break }
        definitions[register] = .linear(joined)
      }
      guard case .linear? = definitions[register] else { continue }
      let readers = readers(outputs)
      if let quotient = quotient(register, readers) ?? quotientSum(register, readers) {
        definitions[register] = quotient
      }
    }
  }

  /// A register, perhaps plus a multiple of it, plus a division by a root that nothing else reads.
  private func quotientSum(_ register: Int, _ readers: [Int]) -> Definition? {
    guard case .linear(let sum)? = definitions[register], sum.offset.isZero, (2...3).contains(sum.terms.count),
      sum.terms.allSatisfy({ $0.arrays.count == 1 && $0.numbers.isEmpty }),
      let divided = sum.terms.firstIndex(where: { term in
        let inner = term.arrays[0]
        guard readers[inner] == 1, extents[inner] == extents[register] else { return false }
        if case .quotient(_, _, root: true, plus: nil)? = definitions[inner] { return true } else { return false }
      }), case .quotient(var numerator, let denominator, _, _)? = definitions[sum.terms[divided].arrays[0]]
    else { return nil }
    numerator.coefficient = numerator.coefficient * sum.terms[divided].coefficient
    var others = sum.terms
    others.remove(at: divided)
    guard let whole = others.firstIndex(where: \.coefficient.isOne) else { return nil }
    let base = others.remove(at: whole).arrays[0]
    guard others.allSatisfy({ $0.arrays == [base] }) else { return nil }
    let plus = (register: base, times: others.first?.coefficient ?? RunNumber.zero)
    return .quotient(numerator, denominator, root: true, plus: plus)
  }

  /// Exchanges a mask and a multiplication by a number, so that the multiplication may be joined with something else.
  private mutating func exchanged(_ register: Int, _ readers: [Int]) -> Int? {
    guard case .linear(var multiple)? = definitions[register], multiple.isMultiple,
      case let inner = multiple.terms[0].arrays[0], readers[inner] == 1, extents[inner] == extents[register],
      case .rows(.mask(let divisor, let modulus, 0), let masked)? = definitions[inner]
    else { return nil }
    multiple.terms[0].arrays = masked
    definitions[inner] = .linear(multiple)
    definitions[register] = .rows(.mask(divisor: divisor, modulus: modulus, fill: 0), [inner])
    return inner
  }

  /// A softmax with the mask and the multiplication by a number before it, where nothing else reads those.
  private func softmax(_ register: Int, _ readers: [Int]) -> Definition? {
    guard case .rows(.softmax, let operands)? = definitions[register] else { return nil }
    var (operand, divisor, modulus) = (operands[0], 1, 0)
    func isOwn(_ inner: Int) -> Bool { readers[inner] == 1 && extents[inner] == extents[register] }
    if isOwn(operand), case .rows(.mask(let d, let m, -Double.infinity), let masked)? = definitions[operand] {
      (operand, divisor, modulus) = (masked[0], d, m)
    }
    if isOwn(operand), case .linear(let multiple)? = definitions[operand], multiple.isMultiple,
      extents[multiple.terms[0].arrays[0]] == extents[register]
    {
      return .softmax(multiple.terms[0], divisor: divisor, modulus: modulus)
    }
    guard extents[operand] == extents[register] else { return nil }
    return .softmax(Linear.Term(coefficient: .one, arrays: [operand], numbers: []), divisor: divisor, modulus: modulus)
  }

  /// A product with a reciprocal that nothing else reads.
  private func quotient(_ register: Int, _ readers: [Int]) -> Definition? {
    func own(_ inner: Int) -> Definition? {
      readers[inner] == 1 && extents[inner] == extents[register] ? definitions[inner] : nil
    }
    guard case .linear(let product)? = definitions[register], product.terms.count == 1, product.offset.isZero,
      product.terms[0].arrays.count == 2, product.terms[0].numbers.count <= 1
    else { return nil }
    for divisor in product.terms[0].arrays {
      guard case .map(let reciprocal, let below)? = own(divisor), reciprocal.known == .reciprocal,
        case .linear(let sum)? = own(below), sum.isOneStep, sum.terms.count == 1, sum.terms[0].arrays.count == 1
      else { continue }
      var numerator = product.terms[0]
      numerator.arrays.removeAll { $0 == divisor }
      guard numerator.arrays.count == 1 else { continue }
      guard sum.terms[0].coefficient.isOne, sum.terms[0].numbers.isEmpty,
        case .map(let root, let square)? = own(sum.terms[0].arrays[0]), root.known == .squareRoot
      else { return .quotient(numerator, sum, root: false) }
      var under = sum
      under.terms[0].arrays = [square]
      if case .linear(let scaled)? = own(square), scaled.offset.isZero, scaled.terms.count == 1,
        scaled.terms[0].arrays.count == 1, scaled.terms[0].numbers.isEmpty
      {
        under.terms = scaled.terms
      }
      return .quotient(numerator, under, root: true)
    }
    return nil
  }

  /// Makes one pass of three successive steps: a running mean, a running mean of squares of the same register, and a
  /// step by the one divided by the root of the other.
  mutating func joinMeans() {
    for i in steps.indices.dropLast(2) {
      let (mean, square, last) = (steps[i].c, steps[i + 1].c, steps[i + 2].c)
      guard mean.form == VM_SUM2, square.form == VM_PRODUCT2_SUM, last.form == VM_ROOT_QUOTIENT_SUM,
        steps[i...i + 2].allSatisfy({ $0.extent == .array && $0.hasNoFactors }),
        square.a == square.b, [mean.a, mean.b].contains(square.a), last.a == mean.target, last.b == square.target
      else { continue }
      if mean.a == square.a {
        (steps[i].c.a, steps[i].c.b) = (mean.b, mean.a)
        (steps[i].c.s, steps[i].c.t) = (mean.t, mean.s)
      }
      steps[i].c.form = Int32(VM_MEANS)
    }
  }
}

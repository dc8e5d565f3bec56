/// A number that is known when a chain runs: a sum of constants times run-time scalars.
struct RunNumber: Sendable, Equatable {
  var terms: [(factor: Double, scalars: [Int])]

  static let zero = RunNumber(constant: 0)
  static let one = RunNumber(constant: 1)

  init(constant: Double) { terms = constant == 0 ? [] : [(constant, [])] }

  init(_ coefficient: Coefficient) {
    switch coefficient {
    case .constant(let value): terms = value == 0 ? [] : [(value, [])]
    case .scalar(let index, let times): terms = [(times, [index])]
    }
  }

  var isOne: Bool { terms.count == 1 && terms[0].factor == 1 && terms[0].scalars.isEmpty }
  var isZero: Bool { terms.isEmpty }

  static func + (a: RunNumber, b: RunNumber) -> RunNumber {
    var sum = a
    sum.terms += b.terms
    return sum
  }

  static func * (a: RunNumber, b: RunNumber) -> RunNumber {
    var product = zero
    for x in a.terms {
      for y in b.terms { product.terms.append((x.factor * y.factor, (x.scalars + y.scalars).sorted())) }
    }
    return product
  }

  static func == (a: RunNumber, b: RunNumber) -> Bool {
    a.terms.count == b.terms.count
      && zip(a.terms, b.terms).allSatisfy { $0.factor == $1.factor && $0.scalars == $1.scalars }
  }

  func value(_ scalars: [Double]) -> Double {
    var sum = 0.0
    for term in terms {
      var product = term.factor
      for scalar in term.scalars { product *= scalars[scalar] }
      sum += product
    }
    return sum
  }
}

/// A sum of products of registers, each with a coefficient: what most operations of a chain are.
struct Linear: Sendable {
  struct Term: Sendable {
    var coefficient: RunNumber
    /// The registers of arrays, in ascending order; registers with one number for each row are kept apart.
    var arrays: [Int]
    var numbers: [Int]
  }
  var terms: [Term] = []
  var offset = RunNumber.zero

  /// The sum of these products. `isNumber` says which registers have one number for each row of the result.
  init(_ products: [(coefficient: Coefficient, registers: [Int])], offset: Coefficient, isNumber: (Int) -> Bool) {
    self.offset = RunNumber(offset)
    for (coefficient, registers) in products {
      add(
        Term(
          coefficient: RunNumber(coefficient), arrays: registers.filter { !isNumber($0) }.sorted(),
          numbers: registers.filter(isNumber).sorted()))
    }
  }

  /// Terms of the same registers stay apart: beside 1, a small coefficient would lose its digits.
  mutating func add(_ term: Term) {
    if term.arrays.isEmpty, term.numbers.isEmpty {
      offset = offset + term.coefficient
    } else {
      terms.append(term)
    }
  }

  var arrayTerms: [Term] { terms.filter { !$0.arrays.isEmpty } }
  var shifts: [Term] { terms.filter { $0.arrays.isEmpty } }
  var registers: [Int] { terms.flatMap { $0.arrays + $0.numbers } }

  /// One register times numbers, of which at most one is not the same for all rows.
  var isMultiple: Bool {
    offset.isZero && terms.count == 1 && terms[0].arrays.count == 1 && terms[0].numbers.count <= 1
  }

  /// Whether one step computes it.
  var isOneStep: Bool {
    guard terms.allSatisfy({ $0.arrays.isEmpty || $0.numbers.count <= 1 }), shifts.count <= 1 else { return false }
    if let shift = shifts.first, shift.numbers.count > 1 || !shift.coefficient.isOne { return false }
    switch arrayTerms.map(\.arrays.count).sorted(by: >) {
    case [], [1], [1, 1], [1, 1, 1], [2], [2, 1], [2, 2]: return true
    case [3]: return offset.isZero && shifts.isEmpty
    default: return false
    }
  }

  /// With a register replaced by the sum that computes it; nil if the result is no single step any more.
  func replacing(_ register: Int, by other: Linear) -> Linear? {
    var result = self
    result.terms = []
    for term in terms {
      let times = term.arrays.count { $0 == register }
      if times == 0 {
        result.add(term)
        continue
      }
      guard times == 1 else { return nil }
      let rest = term.arrays.filter { $0 != register }
      for inner in other.terms {
        result.add(
          Term(
            coefficient: term.coefficient * inner.coefficient, arrays: (rest + inner.arrays).sorted(),
            numbers: (term.numbers + inner.numbers).sorted()))
      }
      if !other.offset.isZero {
        result.add(Term(coefficient: term.coefficient * other.offset, arrays: rest, numbers: term.numbers))
      }
    }
    return result.isOneStep ? result : nil
  }
}

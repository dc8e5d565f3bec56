/// An operation of a chain, prepared: operands that are one number in a block are told from the others, and products
/// that only one combination reads are computed within it.
struct Instruction: Sendable {
  enum Operation: Sendable {
    case map(UnaryFunction, Int)
    /// Which of the operands is one number in a block, though the result is not.
    case pair(PairFunction, Int, Int, isNumber: (Bool, Bool))
    case product(arrays: [Int], numbers: [Int])
    case combination(terms: [Term], numbers: [(coefficient: Coefficient, register: Int)], offset: Coefficient)
  }
  /// A coefficient times a register, or times the product of two.
  struct Term: Sendable {
    var coefficient: Coefficient
    var a: Int
    var b: Int?
  }
  var operation: Operation
  var target: Int
  /// The result is one number in a block.
  var isNumber: Bool

  var reads: [Int] {
    switch operation {
    case .map(_, let register): [register]
    case .pair(_, let first, let second, _): [first, second]
    case .product(let arrays, let numbers): arrays + numbers
    case .combination(let terms, let numbers, _):
      terms.flatMap { term in [term.a] + (term.b.map { [$0] } ?? []) } + numbers.map(\.register)
    }
  }

  /// It reads operands after it has begun to write.
  var takesPasses: Bool {
    switch operation {
    case .map, .pair: false
    case .product(let arrays, _): arrays.count > 3
    case .combination(let terms, _, _): terms.count > 3
    }
  }

  static func compile(
    _ operations: [ElementwiseOperation], inputs: [BlockPlan.Kind], outputs: [Int]
  ) -> [Instruction] {
    var isNumber = inputs.map { $0 == .splat }
    for operation in operations { isNumber.append(operation.registers.allSatisfy { isNumber[$0] }) }
    var readers = [Int](repeating: 0, count: isNumber.count)
    for register in operations.flatMap(\.registers) + outputs { readers[register] += 1 }

    var instructions = operations.enumerated().map { i, operation in
      let target = inputs.count + i
      let alone = isNumber[target]
      let isArray = { (register: Int) in alone || !isNumber[register] }
      return Instruction(
        operation: {
          switch operation {
          case .map(let function, let register): .map(function, register)
          case .pair(let function, let first, let second):
            .pair(function, first, second, isNumber: (!isArray(first), !isArray(second)))
          case .product(let registers):
            .product(arrays: registers.filter(isArray), numbers: registers.filter { !isArray($0) })
          case .combination(let terms, let offset):
            .combination(
              terms: terms.filter { isArray($0.register) }.map { Term(coefficient: $0.coefficient, a: $0.register) },
              numbers: terms.filter { !isArray($0.register) }, offset: offset)
          }
        }(), target: target, isNumber: alone)
    }
    for i in instructions.indices {
      guard case .combination(var terms, let numbers, let offset) = instructions[i].operation, terms.count <= 2,
        !instructions[i].isNumber
      else { continue }
      for t in terms.indices where terms[t].a >= inputs.count && readers[terms[t].a] == 1 {
        guard case .product(let arrays, let factors) = instructions[terms[t].a - inputs.count].operation,
          arrays.count == 2, factors.isEmpty
        else { continue }
        readers[terms[t].a] = 0
        (terms[t].a, terms[t].b) = (arrays[0], arrays[1])
      }
      instructions[i].operation = .combination(terms: terms, numbers: numbers, offset: offset)
    }
    // Only what leads to an output is kept.
    var needed = Set(outputs)
    var kept: [Instruction] = []
    for instruction in instructions.reversed() where needed.contains(instruction.target) {
      needed.formUnion(instruction.reads)
      kept.append(instruction)
    }
    return kept.reversed()
  }
}

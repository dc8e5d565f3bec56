import Exact

/// Contractions that together are one product of several factors: all but the last are used by the next alone, perhaps
/// under another name.
///
/// What is computed does not depend on the order in which the factors meet; what is made on the way does. A weight
/// belongs where it meets data along all that is summed: a matrix that meets a vector is what the calculus knows.
struct ContractionTrees {
  private let program: Program
  /// What is made of weights alone.
  let isRaw: [Bool]
  /// Contractions, and other names of them, that only another contraction of the same product uses.
  private(set) var isInner: [Bool]
  /// Whether the product that ends at an instruction is to be written in another order.
  private(set) var isTakenApart: [Bool]
  /// How many operations other than passages and sums lie between the data and a value.
  private(set) var depth: [Int]

  init(_ program: Program) {
    self.program = program
    isRaw = program.weightWays.isMadeOfWeights
    isTakenApart = [Bool](repeating: false, count: program.instructions.count)
    depth = [Int](repeating: 0, count: program.instructions.count)
    isInner = isTakenApart
    for (i, instruction) in program.instructions.enumerated() {
      let before = instruction.operands.map { depth[$0.index] }.max() ?? 0
      depth[i] = before + (instruction.role.isPassing ? 0 : 1)
    }
    findInner()
    findMisordered()
  }

  private mutating func findInner() {
    var uses = [Int](repeating: 0, count: program.instructions.count)
    var user = uses
    for (i, instruction) in program.instructions.enumerated() {
      for operand in instruction.operands {
        uses[operand.index] += 1
        user[operand.index] = i
      }
    }
    for i in program.instructions.indices.reversed() where uses[i] == 1 && !isRaw[i] {
      let next = program.instructions[user[i]]
      guard next.role.isContraction || (next.isPassage && isInner[user[i]]) else { continue }
      isInner[i] = program.instructions[i].role.isContraction || program.instructions[i].isPassage
    }
    // Another name of something that is no contraction is a factor as it is.
    for (i, instruction) in program.instructions.enumerated() where isInner[i] && instruction.isPassage {
      isInner[i] = isInner[instruction.operands[0].index]
    }
  }

  /// What becomes of an axis of a factor in the rest of a product.
  private enum Fate {
    /// The result has it.
    case survives
    /// It is summed where no other factor has it.
    case alone
    /// It is summed where a weight has it.
    case weight(ValueID)
    /// It is summed where another product of the same tree has it.
    case product
    /// It is summed where other data have it.
    case data(ValueID)

    var survives: Bool { if case .survives = self { true } else { false } }
  }

  private mutating func findMisordered() {
    var fates = [[Axis: Fate]](repeating: [:], count: program.instructions.count)
    var end = Array(program.instructions.indices)
    for (i, instruction) in program.instructions.enumerated().reversed() {
      guard instruction.role.isContraction || isInner[i] else { continue }
      if !isInner[i] { fates[i] = Dictionary(uniqueKeysWithValues: instruction.axes.map { ($0, .survives) }) }
      if instruction.role.isContraction,
        isRaw[i] ? isProductOfRaw(instruction) : isMisordered(instruction, isPart: isInner[i], fates[i])
      {
        isTakenApart[end[i]] = true
      }
      for operand in instruction.operands where isInner[operand.index] {
        end[operand.index] = end[i]
        for axis in program[operand].axes {
          fates[operand.index][axis] = fate(of: axis, of: operand, in: instruction, fates[i])
        }
      }
    }
  }

  private func fate(of axis: Axis, of operand: ValueID, in instruction: Instruction, _ fates: [Axis: Fate]) -> Fate {
    if let later = fates[instruction.role.passage?.axes([axis])[0] ?? axis] { return later }
    let others = instruction.operands.filter { $0 != operand && program[$0].axes.contains(axis) }
    guard let first = others.first else { return .alone }
    if let weight = others.first(where: { isRaw[$0.index] }) { return .weight(weight) }
    return others.contains { isInner[$0.index] } ? .product : .data(first)
  }

  /// Whether what is made of weights alone is a product of some that meets a vector.
  private func isProductOfRaw(_ instruction: Instruction) -> Bool {
    let entering = factors(of: instruction)
    if entering.count == instruction.operands.count && !sumsProduct(instruction) { return false }
    return entering.count > 1 || entering.contains { isProduct($0) }
  }

  /// Whether another order of the product would let weights meet data one after the other, along all that is summed.
  private func isMisordered(_ instruction: Instruction, isPart: Bool, _ fates: [Axis: Fate]) -> Bool {
    let weights = instruction.operands.filter { isRaw[$0.index] }
    let data = instruction.operands.filter { !isRaw[$0.index] }
    if weights.count > 1 || weights.contains(where: { isProduct($0) }) { return true }
    let own = weights.first.map(growing) ?? []
    // Multiplied entry by entry along an axis that is summed later, though what it is summed with could come before.
    let isGain = own.allSatisfy { axis in data.contains { program[$0].axes.contains(axis) } }
    for axis in Set(instruction.axes) where !axis.growth.isZero {
      guard let fate = fates[axis], instruction.operands.count(where: { program[$0].axes.contains(axis) }) > 1 else {
        continue
      }
      switch fate {
      case .survives: continue
      case .alone: return true
      case .product, .data: if own.contains(axis) && !isGain { return true }
      case .weight(let other):
        let isNumber = program[other].axes.allSatisfy { axis in data.contains { program[$0].axes.contains(axis) } }
        if own.contains(axis) && !isGain && isNumber { return true }
      }
    }
    guard let weight = weights.first else { return false }
    let kept = own.filter { instruction.axes.contains($0) }
    let summed = own.subtracting(kept)
    // Along an axis that no data have the weight's result is summed, not the weight.
    if summed.contains(where: { axis in !data.contains { program[$0].axes.contains(axis) } }) { return true }
    let isSurviving = kept.contains { fates[$0]?.survives ?? true }
    // With what it shares no axis with, before it meets something else.
    if data.allSatisfy({ !sharesAxis($0, weight) }) { return isPart && !kept.isEmpty }
    if isSurviving { return false }
    // Between two vectors it meets one of them first.
    let met = data.filter { !summed.isDisjoint(with: growing($0)) }
    if kept.isEmpty {
      return met.indices.contains { i in
        met[..<i].contains { summed.intersection(growing($0)).isDisjoint(with: growing(met[i])) }
      }
    }
    return kept.contains { axis in
      guard case .data(let other)? = fates[axis] else { return false }
      return data.filter { sharesAxis($0, weight) }.contains {
        isInner[$0.index] || Nearness(depth[other.index], kept) < Nearness(depth[$0.index], summed)
      }
    }
  }

  private func growing(_ id: ValueID) -> Set<Axis> { Set(program[id].axes.filter { !$0.growth.isZero }) }

  private func sharesAxis(_ a: ValueID, _ b: ValueID) -> Bool {
    program[a].axes.contains(where: program[b].axes.contains)
  }

  /// The operands of a contraction that are matrices to the others: what is made of weights; of nothing but that, what
  /// varies along the most growing axes. A vector through matrices is to them what data are.
  func factors(of instruction: Instruction) -> [ValueID] {
    let raw = instruction.operands.filter { isRaw[$0.index] }
    guard raw.count == instruction.operands.count else { return raw }
    func growing(_ id: ValueID) -> Int { program[id].axes.reduce(0) { $1.growth.isZero ? $0 : $0 + 1 } }
    let most = raw.map(growing).max() ?? 0
    return raw.filter { growing($0) == most || growing($0) == 0 }
  }

  /// Whether this is the sum of a product over a growing axis: the product applied to ones.
  private func sumsProduct(_ instruction: Instruction) -> Bool {
    instruction.operands.count == 1 && isProduct(instruction.operands[0])
      && program[instruction.operands[0]].axes.contains { !$0.growth.isZero && !instruction.axes.contains($0) }
  }

  /// Whether this is a product of values of the same shape, entry by entry, or of one value: there is nothing to take
  /// apart, and none of the factors comes before another.
  private func isEntrywise(_ instruction: Instruction) -> Bool {
    instruction.operands.allSatisfy { Set(program[$0].axes) == Set(instruction.axes) }
      || instruction.operands.count == 1
  }

  /// Whether a value made of weights is a product of some, perhaps behind linear operations that keep its entries apart.
  func isProduct(_ id: ValueID) -> Bool {
    let instruction = program[id]
    switch instruction.role {
    case .contraction: return !isEntrywise(instruction) || instruction.operands.contains { isProduct($0) }
    case .passage, .sum, .copies: return instruction.operands.contains { isProduct($0) }
    case .function(let profile): return profile.isLinear && isProduct(instruction.operands[0])
    case .input, .indices, .weight, .state, .one, .constant, .guarded, .linear, .nonlinear: return false
    }
  }
}

/// Which of two vectors a matrix between them meets first: the one nearer to the inputs; then the one over which less is
/// summed, since what few numbers give is a feature.
struct Nearness: Comparable {
  var isEarly = false
  var hasMetWeights = false
  var depth: Int
  var summed: Rational

  init(isEarly: Bool = false, hasMetWeights: Bool = false, _ depth: Int, _ summed: some Sequence<Axis>) {
    (self.isEarly, self.hasMetWeights, self.depth) = (isEarly, hasMetWeights, depth)
    self.summed = summed.reduce(.zero) { $0 + $1.growth }
  }

  static func < (a: Nearness, b: Nearness) -> Bool {
    if a.isEarly != b.isEarly { return b.isEarly }
    if a.hasMetWeights != b.hasMetWeights { return b.hasMetWeights }
    return a.depth != b.depth ? a.depth < b.depth : a.summed < b.summed
  }
}

extension Instruction {
  /// Whether it is its operand under another name, or times a number that does not grow.
  var isPassage: Bool {
    if primitive.runParameter != nil { return false }
    switch role {
    case .passage(.renamed): return true
    case .passage(.scaled(let factor)): return factor.growth.isZero
    case .function(let profile): return profile.isLinear
    case .input, .indices, .weight, .state, .one, .constant, .guarded, .sum, .copies, .contraction, .linear, .nonlinear:
      return false
    }
  }
}

extension Role {
  /// Whether its result is the operand's, or a sum of operands, under whatever name and factor.
  fileprivate var isPassing: Bool {
    switch self {
    case .passage, .guarded, .sum, .copies: true
    case .function(let profile): profile.isLinear
    case .input, .indices, .weight, .state, .one, .constant, .contraction, .linear, .nonlinear: false
    }
  }
}

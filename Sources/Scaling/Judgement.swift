import Exact
import TensorPrograms

/// Which values of a forward pass are judged: none may grow with the width.
struct Judgement {
  /// Parts of a division (the denominator of a softmax, the mean of squares of a normalization): judged only where
  /// a weight enters.
  let isDenominator: [Bool]
  /// Followed by an explicit multiplier, perhaps behind sums and copies, and judged after it.
  let isBeforeMultiplier: [Bool]
  /// On the way from where predictions met data to the loss. Its scale moves the rates of steps in proportion to the
  /// gradient, and nothing else.
  let isLossTail: [Bool]
  /// Where scale matters whatever comes after: what enters a function without a degree, is added to something else, or
  /// meets data.
  let isHard: [Bool]
  /// What enters a function without a degree.
  let isArgument: [Bool]

  init(_ program: Program) {
    var users = [[Int]](repeating: [], count: program.forward.count)
    for i in program.forward {
      for operand in program.instructions[i].operands { users[operand.index].append(i) }
    }
    var denominator = [Bool](repeating: false, count: program.forward.count)
    var before = denominator
    for i in program.forward.reversed() where !users[i].isEmpty {
      denominator[i] = users[i].allSatisfy { user in
        switch program.instructions[user].role {
        case .function(let profile): profile.isReciprocal || (denominator[user] && profile.homogeneity != nil)
        case .contraction: denominator[user] && program.instructions[user].operands.count == 1
        case .passage, .guarded, .copies: denominator[user]
        case .sum: denominator[user] && program.instructions[user].operands.count == 1
        case .input, .indices, .weight, .state, .one, .constant, .linear, .nonlinear: false
        }
      }
      before[i] = users[i].allSatisfy { user in
        if case .multiplier? = program.instructions[user].primitive.runParameter { return true }
        let instruction = program.instructions[user]
        switch instruction.role {
        case .passage(.scaled(let factor)): return !factor.growth.isZero || before[user]
        case .passage(.renamed), .sum, .copies, .guarded: return before[user]
        case .contraction: return before[user] && instruction.operands.count == 1 && !program.sumsGrowing(instruction)
        case .function(let profile): return before[user] && profile.isLinear
        case .input, .indices, .weight, .state, .one, .constant, .linear, .nonlinear: return false
        }
      }
    }
    isDenominator = denominator
    isBeforeMultiplier = before
    isLossTail = Judgement.lossTail(program, users)
    isArgument = users.indices.map { i in
      users[i].contains { program.instructions[$0].role.function.map { $0.homogeneity == nil } ?? false }
    }
    isHard = Judgement.hard(program, users, isLossTail)
  }

  /// Whether a component of the value made at `site` is judged there.
  func applies(_ component: Component, _ site: Site) -> Bool {
    guard site.index < isDenominator.count, !component.isRaw, !isBeforeMultiplier[site.index], !isLossTail[site.index]
    else { return false }
    return !isDenominator[site.index] || component.blame?.entered == Int32(site.index)
  }

  /// Whether this is a function in the forward pass whose argument's scale matters.
  func appliesToArgument(_ site: Site) -> Bool { site.index < isDenominator.count && !isLossTail[site.index] }

  /// From the loss back through what is linear, as far as that is behind a prediction's meeting with data or with a
  /// function.
  private static func lossTail(_ program: Program, _ users: [[Int]]) -> [Bool] {
    let count = program.forward.count
    var isLinear = [Bool](repeating: false, count: count)
    guard let loss = program.loss else { return isLinear }
    isLinear[loss.index] = true
    for i in program.forward.reversed() where i != loss.index {
      isLinear[i] =
        !users[i].isEmpty
        && users[i].allSatisfy { user in
          let instruction = program.instructions[user]
          switch instruction.role {
          case .sum, .passage(.scaled), .copies: return isLinear[user]
          case .contraction: return isLinear[user] && instruction.operands.count == 1
          case .input, .indices, .weight, .state, .one, .constant, .passage(.renamed), .guarded, .linear, .function,
            .nonlinear:
            return false
          }
        }
    }
    var depends = [Bool](repeating: false, count: count)
    var isData = [Bool](repeating: false, count: count)
    var tail = [Bool](repeating: false, count: count)
    for i in program.forward {
      let instruction = program.instructions[i]
      let operands = instruction.operands.map(\.index)
      depends[i] = instruction.role.isWeight || operands.contains { depends[$0] }
      isData[i] = instruction.role.isData || (!operands.isEmpty && operands.allSatisfy { isData[$0] })
      guard isLinear[i] else { continue }
      tail[i] =
        instruction.role.isFunction || meetsData(instruction, program, isData)
        || (!operands.isEmpty && operands.allSatisfy { !depends[$0] || tail[$0] })
    }
    return tail
  }

  /// Whether a prediction, rather than a weight, meets data here.
  private static func meetsData(_ instruction: Instruction, _ program: Program, _ isData: [Bool]) -> Bool {
    instruction.operands.contains { isData[$0.index] } && !instruction.operands.contains { program[$0].role.isWeight }
  }

  /// Whatever has a scale of its own, and what meets data in the loss.
  private static func hard(_ program: Program, _ users: [[Int]], _ tail: [Bool]) -> [Bool] {
    let given = program.valuesOfGivenScale
    return users.indices.map { i in
      if tail[i] { return false }
      return given.contains(ValueID(i))
        || users[i].contains { user in
          tail[user]
            && program.instructions[user].operands.contains {
              program[$0].role.isData && !program[$0].role.isIndices
            }
        }
    }
  }
}

extension Program {
  /// Whether an instruction sums over an axis that grows.
  fileprivate func sumsGrowing(_ instruction: Instruction) -> Bool {
    instruction.operands.contains { operand in
      self[operand].axes.contains { !$0.growth.isZero && !instruction.axes.contains($0) }
    }
  }
}

extension Role {
  /// Whether it is a function of its operand, entry by entry or not.
  fileprivate var isFunction: Bool {
    switch self {
    case .function, .nonlinear: true
    case .input, .indices, .weight, .state, .one, .constant, .passage, .guarded, .sum, .copies, .contraction, .linear:
      false
    }
  }
}

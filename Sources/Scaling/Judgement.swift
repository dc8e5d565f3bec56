import Exact
import TensorPrograms

/// Which values of a forward pass are judged: none may grow with the width.
struct Judgement {
  /// Parts of a division (the denominator of a softmax, the mean of squares of a normalization): judged only where
  /// a weight enters.
  let isDenominator: [Bool]
  /// Followed by an explicit multiplier, and judged after it.
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
    var users = [[Int]](repeating: [], count: program.forwardCount)
    for i in 0..<program.forwardCount {
      for operand in program.instructions[i].operands { users[operand.index].append(i) }
    }
    var denominator = [Bool](repeating: false, count: program.forwardCount)
    var before = denominator
    for i in (0..<program.forwardCount).reversed() where !users[i].isEmpty {
      denominator[i] = users[i].allSatisfy { user in
        let primitive = program.instructions[user].primitive
        if let map = primitive as? Map {
          return map.nonlinearity == .reciprocal || (denominator[user] && map.nonlinearity.profile.homogeneity != nil)
        }
        return denominator[user]
          && (primitive is Sum || primitive is Guard || primitive is ScaleBy || primitive is Rename)
      }
      before[i] = users[i].allSatisfy { user in
        if let scale = program.instructions[user].primitive as? ScaleBy {
          if case .multiplier = scale.symbol { return true }
          return !scale.factor.growth.isZero
        }
        let primitive = program.instructions[user].primitive
        return (primitive is Rename || primitive is Add) && before[user]
      }
    }
    isDenominator = denominator
    isBeforeMultiplier = before
    isLossTail = Judgement.lossTail(program, users)
    isArgument = users.indices.map { i in
      users[i].contains { (program.instructions[$0].primitive as? Map)?.nonlinearity.profile.homogeneity == .some(nil) }
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
    let count = program.forwardCount
    var isLinear = [Bool](repeating: false, count: count)
    guard let loss = program.loss else { return isLinear }
    isLinear[loss.index] = true
    for i in (0..<count).reversed() where i != loss.index {
      isLinear[i] =
        !users[i].isEmpty
        && users[i].allSatisfy { user in
          let primitive = program.instructions[user].primitive
          return isLinear[user] && (primitive is Add || primitive is Sum || primitive is ScaleBy || primitive is Expand)
        }
    }
    var depends = [Bool](repeating: false, count: count)
    var isData = [Bool](repeating: false, count: count)
    var tail = [Bool](repeating: false, count: count)
    for i in 0..<count {
      let instruction = program.instructions[i]
      let operands = instruction.operands.map(\.index)
      depends[i] = instruction.primitive is Weight || operands.contains { depends[$0] }
      isData[i] =
        instruction.primitive is Input || instruction.primitive is Indices
        || (!operands.isEmpty && operands.allSatisfy { isData[$0] })
      guard isLinear[i] else { continue }
      let begins =
        instruction.primitive is Map || instruction.primitive is LogSumExp
        || (operands.contains { isData[$0] } && !operands.contains { program.instructions[$0].primitive is Weight })
      tail[i] = begins || (!operands.isEmpty && operands.allSatisfy { !depends[$0] || tail[$0] })
    }
    return tail
  }

  private static func hard(_ program: Program, _ users: [[Int]], _ tail: [Bool]) -> [Bool] {
    let instructions = program.instructions
    return users.indices.map { i in
      if tail[i] { return false }
      return users[i].contains { user in
        let primitive = instructions[user].primitive
        if let map = primitive as? Map { return map.nonlinearity.profile.homogeneity == nil }
        if primitive is Add { return !tail[user] || instructions[user].operands.count > 1 && tail[user] && !tail[i] }
        if primitive is Softmax || primitive is LogSumExp { return true }
        return tail[user] && instructions[user].operands.contains { instructions[$0.index].primitive is Input }
      }
    }
  }
}

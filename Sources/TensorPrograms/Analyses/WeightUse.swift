/// Where a trained weight first meets data, itself or by what is made of it and of other weights.
public struct WeightUse: Sendable, Hashable {
  public var weight: ValueID
  /// What is made of it before, of weights alone, such as the weight times a multiplier or over its norm; in recorded
  /// order.
  public var chain: [ValueID]
  /// What is made where it meets data.
  public var value: ValueID
}

extension Program {
  /// The first use of each trained weight that ever meets data, in recorded order of the weights.
  public var firstUses: [WeightUse] {
    let ways = weightWays
    var uses: [(weight: ValueID, chain: [ValueID], value: ValueID?)] = []
    // What is made of weights alone carries these, by their position in `uses`.
    var carried: [ValueID: [Int]] = [:]
    for i in forward {
      let (id, instruction) = (ValueID(i), instructions[i])
      if instruction.role.isTrainedWeight {
        carried[id] = [uses.count]
        uses.append((id, [], nil))
        continue
      }
      for k in Set(instruction.operands.flatMap { carried[$0] ?? [] }).sorted() where uses[k].value == nil {
        if ways.isMadeOfWeights[i] {
          uses[k].chain.append(id)
          carried[id, default: []].append(k)
        } else {
          uses[k].value = id
        }
      }
    }
    return uses.compactMap { use in use.value.map { WeightUse(weight: use.weight, chain: use.chain, value: $0) } }
  }
}

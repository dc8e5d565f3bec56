/// A place where the forward pass meets a weight, directly or under another name or factor.
struct WeightUse {
  /// What is made there.
  var value: ValueID
  /// The other operands.
  var others: [ValueID]
  /// The weight's axes, in its order, under their names there.
  var axes: [Axis]
  /// The weight's own axes that the result does not have: summed away, or looked up along.
  var columns: [Axis]
}

extension Program {
  /// Where the forward pass meets each weight, in recorded order.
  func weightUses() -> [ValueID: [WeightUse]] {
    /// The weight that a value is, under whatever name and factor, and the weight's axes there.
    var copies = [(weight: ValueID, axes: [Axis])?](repeating: nil, count: forward.count)
    var found: [ValueID: [WeightUse]] = [:]
    for i in forward {
      let instruction = instructions[i]
      if instruction.primitive is Weight {
        copies[i] = (ValueID(i), instruction.axes)
        continue
      }
      var met: [ValueID] = []
      for operand in instruction.operands {
        guard let copy = copies[operand.index], !met.contains(copy.weight) else { continue }
        met.append(copy.weight)
        if let renaming = instruction.primitive as? Rename {
          copies[i] = (copy.weight, copy.axes.map { $0 == renaming.axis ? renaming.other : $0 })
        } else if instruction.primitive is ScaleBy {
          copies[i] = copy
        } else {
          let columns = zip(self[copy.weight].axes, copy.axes).filter { !instruction.axes.contains($0.1) }.map(\.0)
          found[copy.weight, default: []].append(
            WeightUse(
              value: ValueID(i), others: instruction.operands.filter { $0 != operand }, axes: copy.axes,
              columns: columns))
        }
      }
    }
    return found
  }
}

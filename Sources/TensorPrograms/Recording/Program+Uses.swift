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
  /// Where the forward pass meets a weight, in recorded order.
  func uses(of weight: ValueID) -> [WeightUse] {
    let own = self[weight].axes
    var copies: [(id: ValueID, axes: [Axis])] = [(weight, own)]
    var found: [WeightUse] = []
    for i in 0..<forwardCount {
      let instruction = instructions[i]
      guard let copy = copies.first(where: { instruction.operands.contains($0.id) }) else { continue }
      if let renaming = instruction.primitive as? Rename {
        copies.append((ValueID(i), copy.axes.map { $0 == renaming.axis ? renaming.other : $0 }))
      } else if instruction.primitive is ScaleBy {
        copies.append((ValueID(i), copy.axes))
      } else {
        found.append(
          WeightUse(
            value: ValueID(i), others: instruction.operands.filter { $0 != copy.id }, axes: copy.axes,
            columns: zip(own, copy.axes).filter { !instruction.axes.contains($0.1) }.map(\.0)))
      }
    }
    return found
  }
}

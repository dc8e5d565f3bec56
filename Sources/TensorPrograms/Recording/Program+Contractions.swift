/// A place where the forward pass contracts a weight with something else over axes that grow with the width.
public struct WeightContraction: Sendable, Hashable {
  public var weight: ValueID
  /// The weight as it is met: under another axis name, or times its multipliers.
  public var factor: ValueID
  /// What it meets.
  public var other: ValueID
  public var result: ValueID
  /// The axes that are summed, fixed ones too.
  public var summed: [Axis]

  /// The number of terms of the sum at a width. Throws as ``Size/value(at:of:)``.
  public func terms(at width: Int) throws -> Int {
    try summed.reduce(1) { try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name) }
  }
}

extension Program {
  /// Where the forward pass contracts exactly one weight with one other value over a growing axis, in recorded order.
  public var weightContractions: [WeightContraction] {
    var weightOf = [ValueID?](repeating: nil, count: forward.count)
    var found: [WeightContraction] = []
    for (i, instruction) in instructions[forward].enumerated() {
      let carried = instruction.operands.filter { weightOf[$0.index] != nil }
      switch instruction.primitive {
      case is Weight: weightOf[i] = ValueID(i)
      case is ScaleBy, is Rename: weightOf[i] = carried.first.flatMap { weightOf[$0.index] }
      case is Contract:
        guard instruction.operands.count == 2, carried.count == 1, let weight = weightOf[carried[0].index],
          let other = instruction.operands.first(where: { $0 != carried[0] })
        else { continue }
        let summed = self[carried[0]].axes.filter { !instruction.axes.contains($0) }
        guard summed.contains(where: { !$0.growth.isZero }) else { continue }
        found.append(
          WeightContraction(
            weight: weight, factor: carried[0], other: other, result: ValueID(i), summed: summed))
      default: continue
      }
    }
    return found
  }
}

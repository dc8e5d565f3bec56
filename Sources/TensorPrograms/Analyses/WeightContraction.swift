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
  /// Over fixed axes alone there is no sum of which an alignment could be told.
  public var weightContractions: [WeightContraction] {
    weightWays.contractions.filter { $0.summed.contains { !$0.growth.isZero } }.map {
      WeightContraction(
        weight: $0.weight, factor: $0.factor, other: $0.others[0], result: $0.value, summed: $0.summed)
    }
  }
}

/// The time that one unit of a step takes.
public struct UnitTime: Sendable, Equatable, Codable {
  /// What it writes, by name.
  public var name: String
  public var kind: Plan.Kind
  /// The median over the steps that were timed.
  public var seconds: Double
  public var multiplyAdds: Int
  /// Scalars that it reads and writes, each value once.
  public var moved: Int
}

extension Trainer {
  /// Makes some steps and times each unit of them. The steps are made, so the weights change.
  ///
  /// A unit's time begins where the one before it ends; steps that are not profiled read no clock.
  ///
  /// Throws: as ``step(_:observing:_:)`` does.
  public func profile(_ batch: Batch, steps: Int) throws -> [UnitTime] {
    let plan = try plan
    var times = [[Double]](repeating: [], count: plan.units.count)
    defer { machine.onUnit = nil }
    for _ in 0..<max(1, steps) {
      var began: ContinuousClock.Instant?
      machine.onUnit = { unit in
        let now = ContinuousClock.now
        if let began, times.indices.contains(unit) { times[unit].append((now - began) / .seconds(1)) }
        began = now
      }
      _ = try step(batch)
    }
    return plan.units.indices.map { i in
      let cost = plan.cost(of: plan.units[i])
      let ordered = times[i].sorted()
      return UnitTime(
        name: plan.label(of: plan.units[i]), kind: plan.kind(of: plan.units[i]),
        seconds: ordered.isEmpty ? 0 : ordered[ordered.count / 2],
        multiplyAdds: cost.multiplyAdds, moved: cost.moved)
    }
  }
}

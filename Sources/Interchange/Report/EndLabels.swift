/// Names at the ends of lines: moved apart where they would overlap, left out where there is no room.
struct EndLabels {
  struct Label {
    var text: String
    /// The position that it should have if there is room.
    var wish: Double
    /// Labels of low priority are dropped first where there is no room.
    var priority: Int
    var kind: Int
    var isMarked: Bool
    /// The ends of its lines.
    var ends: [Double]
  }

  struct Placed {
    var label: Label
    var y: Double
  }

  /// Positions at least `spacing` apart within `range`, as near to their wishes as possible: the least-squares
  /// solution, by pooling neighbours that would overlap.
  static func place(_ labels: [Label], within range: ClosedRange<Double>, spacing: Double) -> [Placed] {
    let room = max(1, Int((range.upperBound - range.lowerBound) / spacing) + 1)
    let kept = Set(labels.indices.sorted { labels[$0].priority > labels[$1].priority }.prefix(room))
    let sorted = labels.indices.filter(kept.contains).map { labels[$0] }.sorted { $0.wish < $1.wish }
    // In y - index * spacing, "at least spacing apart" is "not decreasing".
    var pools: [(sum: Double, count: Int)] = []
    for (index, label) in sorted.enumerated() {
      pools.append((label.wish - Double(index) * spacing, 1))
      while pools.count > 1, let last = pools.last {
        let before = pools[pools.count - 2]
        guard before.sum / Double(before.count) > last.sum / Double(last.count) else { break }
        pools.removeLast()
        pools[pools.count - 1] = (before.sum + last.sum, before.count + last.count)
      }
    }
    let highest = range.upperBound - Double(sorted.count - 1) * spacing
    var placed: [Placed] = []
    for pool in pools {
      let level = min(max(pool.sum / Double(pool.count), range.lowerBound), max(highest, range.lowerBound))
      for _ in 0..<pool.count {
        placed.append(Placed(label: sorted[placed.count], y: level + Double(placed.count) * spacing))
      }
    }
    return placed
  }
}

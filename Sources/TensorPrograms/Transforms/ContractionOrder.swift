import Exact

/// The order in which the factors of a product meet, whatever the order in which they are written: weights go to data one
/// after the other, those first after which least is left; data meet in the end.
struct ContractionOrder {
  private var data: [Factor]
  private var weights: [Factor]
  private let result: [Axis]
  /// How many factors have an axis.
  private var holders: [Axis: Int] = [:]

  private struct Factor {
    var value: Value
    var depth: Int
    /// Whether weights have gone into it here.
    var hasMetWeights = false
    var axes: [Axis] { value.axes }
  }

  /// Each of the data with how far from the inputs it is.
  init(data: [(value: Value, depth: Int)], weights: [Value], to axes: [Axis]) {
    self.data = data.map { Factor(value: $0.value, depth: $0.depth) }
    self.weights = weights.map { Factor(value: $0, depth: 0) }
    result = axes
    for factor in self.data + self.weights { for axis in factor.axes { holders[axis, default: 0] += 1 } }
  }

  /// Records the products; the value has those of the axes asked for that any factor has.
  mutating func record() -> Value {
    // Of weights that vary along the same axes none comes before another: they are multiplied entry by entry.
    weights = merged(weights) { Set($0.axes) == Set($1.axes) }
    while true {
      // So are data; those that vary along no axis that grows are numbers to the others.
      data = merged(data) { a, b in
        b.axes.allSatisfy(a.axes.contains) && (a.axes.count == b.axes.count || b.axes.allSatisfy(\.growth.isZero))
      }
      if weights.isEmpty { break }
      let meeting = nextMeeting()
      let others = dataBefore(meeting)
      meet(others.isEmpty ? meeting : Meeting(weights: [], data: meeting.data.prefix(1) + others))
    }
    let axes = result.filter { axis in data.contains { $0.axes.contains(axis) } }
    let values = data.count == 1 ? data.map(\.value) : data.map(summedAlone)
    return values.count == 1 && values[0].axes == axes ? values[0] : contract(values, to: axes)
  }

  /// A factor of the last product without the axes that no other has and the result has not.
  private func summedAlone(_ factor: Factor) -> Value {
    let axes = factor.axes.filter { result.contains($0) || (holders[$0] ?? 0) > 1 }
    return axes == factor.axes ? factor.value : contract([factor.value], to: axes)
  }

  private mutating func merged(_ factors: [Factor], _ isAlike: (Factor, Factor) -> Bool) -> [Factor] {
    if factors.count < 2 { return factors }
    var groups: [[Factor]] = []
    for factor in factors.sorted(by: { $0.axes.count > $1.axes.count }) {
      if let k = groups.firstIndex(where: { isAlike($0[0], factor) }) {
        groups[k].append(factor)
      } else {
        groups.append([factor])
      }
    }
    return groups.map { multiplied($0) }
  }

  private mutating func multiplied(_ factors: [Factor]) -> Factor {
    if factors.count == 1 { return factors[0] }
    for factor in factors.dropFirst() { for axis in factor.axes { holders[axis, default: 0] -= 1 } }
    return Factor(
      value: contract(factors.map(\.value), to: factors[0].axes), depth: factors.map(\.depth).max() ?? 0,
      hasMetWeights: factors.contains { $0.hasMetWeights })
  }

  /// A meeting of some of the weights with some of the data, by their places.
  private struct Meeting {
    var weights: [Int]
    var data: [Int]
  }

  /// Each weight's with the data nearest to it, of those the one of which the result is smallest; first those after which
  /// what the two share is summed. Where nothing tells some apart, they meet all together.
  private func nextMeeting() -> Meeting {
    var best: (cost: Cost, pairs: [(weight: Int, data: Int)])?
    for (i, weight) in weights.enumerated() {
      let near = nearest(to: weight)
      guard let first = near.first else { continue }
      let axes = kept([weight] + near.map { data[$0] })
      let cost = Cost(
        isEarly: isEarly(weight, data[first]), isLater: data[first].hasMetWeights,
        growth: axes.reduce(.zero) { $0 + $1.growth }, axes: axes.count)
      if best.map({ cost < $0.cost }) ?? true { best = (cost, []) }
      if best?.cost == cost { best?.pairs += near.map { (i, $0) } }
    }
    guard let pairs = best?.pairs, let first = pairs.first else { return meetingOfNone() }
    var meeting = Meeting(weights: [first.weight], data: [first.data])
    var count = 0
    while count < meeting.weights.count + meeting.data.count {
      count = meeting.weights.count + meeting.data.count
      for pair in pairs where meeting.weights.contains(pair.weight) != meeting.data.contains(pair.data) {
        if !meeting.weights.contains(pair.weight) { meeting.weights.append(pair.weight) }
        if !meeting.data.contains(pair.data) { meeting.data.append(pair.data) }
      }
    }
    return meeting
  }

  /// Other data that have to meet those of a meeting first, since they have an axis that the weight would sum with both.
  private func dataBefore(_ meeting: Meeting) -> [Int] {
    guard let k = meeting.data.first, let i = meeting.weights.first, isEarly(weights[i], data[k]) else { return [] }
    return data.indices.filter { j in
      j != k
        && data[j].axes.contains {
          !$0.growth.isZero && !result.contains($0) && weights[i].axes.contains($0) && data[k].axes.contains($0)
        }
    }
  }

  /// The data that a weight meets first, by their places; several where nothing tells them apart.
  private func nearest(to weight: Factor) -> [Int] {
    let found = data.indices.filter { data[$0].axes.contains(where: weight.axes.contains) }.map { k in
      let shared = data[k].axes.filter(weight.axes.contains)
      return (
        k,
        Nearness(
          isEarly: isEarly(weight, data[k]), hasMetWeights: data[k].hasMetWeights, data[k].depth, shared)
      )
    }
    guard let least = found.map(\.1).min() else { return [] }
    return found.filter { $0.1 == least }.map(\.0)
  }

  /// Whether a weight other than a gain would meet data along an axis that a third has, so that nothing is summed yet.
  private func isEarly(_ weight: Factor, _ datum: Factor) -> Bool {
    let shared = weight.axes.filter { datum.axes.contains($0) && !$0.growth.isZero && !result.contains($0) }
    return shared.contains { (holders[$0] ?? 0) > 2 } && !weight.axes.allSatisfy(datum.axes.contains)
  }

  /// Weights that share no axis with data: the smallest is to the rest what data are.
  private func meetingOfNone() -> Meeting {
    func size(_ k: Int) -> Cost {
      Cost(
        isEarly: false, isLater: false, growth: weights[k].axes.reduce(.zero) { $0 + $1.growth },
        axes: weights[k].axes.count)
    }
    return Meeting(weights: [weights.indices.min { size($0) < size($1) } ?? 0], data: [])
  }

  private struct Cost: Comparable {
    var isEarly: Bool
    var isLater: Bool
    var growth: Rational
    var axes: Int

    static func < (a: Cost, b: Cost) -> Bool {
      if a.isEarly != b.isEarly { return b.isEarly }
      if a.isLater != b.isLater { return b.isLater }
      return a.growth != b.growth ? a.growth < b.growth : a.axes < b.axes
    }
  }

  /// The axes that the product of some factors has: all but those that only these share.
  private func kept(_ factors: [Factor]) -> [Axis] {
    var own: [Axis: Int] = [:]
    var order: [Axis] = []
    for factor in factors {
      for axis in factor.axes {
        if own[axis] == nil { order.append(axis) }
        own[axis, default: 0] += 1
      }
    }
    return order.filter { result.contains($0) || own[$0] == 1 || (holders[$0] ?? 0) > (own[$0] ?? 0) }
  }

  private mutating func meet(_ meeting: Meeting) {
    let factors = meeting.data.map { data[$0] } + meeting.weights.map { weights[$0] }
    let axes = kept(factors)
    for factor in factors { for axis in factor.axes { holders[axis, default: 0] -= 1 } }
    for axis in axes { holders[axis, default: 0] += 1 }
    let value = factors.count == 1 ? factors[0].value : contract(factors.map(\.value), to: axes)
    for k in meeting.weights.sorted(by: >) { weights.remove(at: k) }
    for k in meeting.data.sorted(by: >) { data.remove(at: k) }
    data.append(
      Factor(
        value: value, depth: (factors.map(\.depth).max() ?? 0) + 1,
        hasMetWeights: meeting.weights.count + meeting.data.count > 1))
  }
}

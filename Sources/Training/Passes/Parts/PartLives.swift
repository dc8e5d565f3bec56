/// How long values live in a plan whose units are partly done in parts of the batch.
///
/// Parts do not reach a unit at the same time: a value that others read too lives for the whole segment, and a value
/// that only the parts read lies in memory of each part's own.
struct PartLives {
  /// By unit: the range of its segment, or of the unit alone.
  private let segments: [ClosedRange<Int>]
  private let units: [Plan.Unit]

  init(_ plan: Plan) {
    units = plan.units
    var segments = plan.units.indices.map { $0...$0 }
    for segment in plan.segments {
      for index in segment { segments[index] = segment.lowerBound...segment.upperBound - 1 }
    }
    self.segments = segments
  }

  /// Whether each part has a result of a unit for itself, if these units read it.
  func isOwn(_ index: Int, readBy readers: [Int]) -> Bool {
    guard let part = units[index].part, part.sum == nil else { return false }
    return !readers.isEmpty && readers.allSatisfy { units[$0].part != nil }
  }

  /// The life of a shared value, from the unit that makes it to the last that reads it, which may be the plan's end.
  func shared(from index: Int, to last: Int) -> ClosedRange<Int> {
    let end = last < segments.count ? segments[last].upperBound : last
    return segments[index].lowerBound...max(end, segments[index].upperBound)
  }

  /// The life of a part's sum: until the sums of all parts are added up.
  func sum(of index: Int) -> ClosedRange<Int> { index...segments[index].upperBound }
}

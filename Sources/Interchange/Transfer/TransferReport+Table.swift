import Foundation
public import Verification

extension TransferReport {
  /// By parametrization and width, the best rate with its 95 % interval, the loss there, how much a wrong rate costs, and
  /// how many runs diverged.
  public var table: String {
    var table = TextTable([
      ("", .left), ("width", .right), ("log2 best rate", .right), (lossName, .right), ("sensitivity", .right),
      ("diverged", .right), ("", .left),
    ])
    for arm in result.arms {
      for (i, at) in arm.widths.enumerated() {
        let lost = at.curve.scores.joined().count { $0 == nil }
        table.append([
          i == 0 ? arm.name : "", "\(at.curve.width)",
          at.optimum.map {
            $0.edge == nil ? SlopeText.interval($0.log2Rate, $0.halfWidth) : SlopeText.slope($0.log2Rate)
          }
            ?? "none",
          at.optimum.map { TransferReport.loss($0.score) } ?? "-", at.sensitivity.map(TransferReport.loss) ?? "-",
          lost == 0 ? "" : "\(lost) of \(at.curve.scores.joined().count)",
          at.optimum?.edge.map { "at the edge: the \($0.rawValue) tried" } ?? "",
        ])
      }
    }
    return table.text
  }

  /// What is said of each parametrization, and of the first beside the others: a sentence each.
  public var sentences: [String] { result.arms.flatMap(sentences) + comparisons }

  /// `maximal update transfers: the best rate moves by 0.01 +- 0.04 octaves per doubling of the width.`
  public func verdict(_ arm: TransferArm) -> String {
    let drift = arm.drift
    let verb = drift.verdict == .cannotTell ? ": cannot tell" : " \(drift.verdict.rawValue)"
    guard let octaves = drift.octaves else { return "\(arm.name)\(verb): \(drift.reason ?? "")." }
    return "\(arm.name)\(verb): the best rate moves by \(SlopeText.interval(octaves, drift.halfWidth)) octaves per "
      + "doubling of the width" + (drift.reason.map { "; \($0)" } ?? "") + "."
  }

  func sentences(_ arm: TransferArm) -> [String] {
    var found = [verdict(arm)]
    if let limit = arm.limit {
      let (rate, error) = (TransferReport.loss(limit.rate), TransferReport.loss(limit.rateHalfWidth))
      found.append(
        "\(arm.name): the best rate goes to \(rate) +- \(error) as n^-beta with beta = "
          + "\(SlopeText.measured(limit.beta, limit.betaHalfWidth)).")
    }
    if let cost = arm.costOfCarrying, let small = widths.first, let large = widths.last,
      let own = arm.widths.last?.optimum
    {
      found.append(
        "\(arm.name): width \(large) with the best rate of width \(small) has a \(lossName) of "
          + "\(TransferReport.loss(own.score + cost)), with its own \(TransferReport.loss(own.score)).")
    }
    if arm.common.isEmpty { return found }
    let worse = arm.worseWhenWider
    found.append(
      worse.isEmpty
        ? "\(arm.name): wider is better, or no worse, at all \(arm.common.count) rates that every width tried."
        : "\(arm.name): wider is worse at \(worse.count) of \(arm.common.count) rates that every width tried: 2^"
          + worse.map { $0.formatted() }.joined(separator: ", 2^") + ".")
    return found
  }

  /// `maximal update against standard, each at its own best rate: ...`.
  var comparisons: [String] {
    guard let first = result.arms.first else { return [] }
    return result.arms.dropFirst().map { other in
      let rows = result.comparisons.filter { $0.name == other.name && $0.width != base }
      let parts = rows.map { row in
        guard let difference = row.difference else { return "width \(row.width): one has no best rate" }
        let size = TransferReport.loss(difference.magnitude)
        let error = row.halfWidth.map { " +- \(TransferReport.loss($0))" } ?? ""
        return switch row.firstIsBetter {
        case true?: "width \(row.width): better by \(size)\(error)"
        case false?: "width \(row.width): worse by \(size)\(error)"
        case nil: "width \(row.width): no difference told (\(difference < 0 ? "-" : "")\(size)\(error))"
        }
      }
      return "\(first.name) against \(other.name), each at its own best rate: "
        + (parts.isEmpty ? "the same network at the base width" : parts.joined(separator: "; ")) + "."
    }
  }

  /// Four digits.
  static func loss(_ loss: Double) -> String {
    loss.magnitude >= 1000 || loss.magnitude < 0.001 && loss != 0
      ? String(format: "%.2e", loss) : String(format: loss.magnitude >= 1 ? "%.3f" : "%.4f", loss)
  }
}

extension SlopeText {
  /// `-7.02 +- 0.11`; the number alone where nothing tells an interval.
  static func interval(_ number: Double, _ halfWidth: Double?) -> String {
    halfWidth.map { measured(number, $0) } ?? slope(number)
  }
}

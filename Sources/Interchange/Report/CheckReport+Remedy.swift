import Foundation
import Verification

extension CheckReport {
  /// What would tell more; nil if the check has told.
  public var remedy: String? {
    if let explosion {
      return "The rate \(rate) is too large for any verdict: \(explosion.description); give a smaller --rate"
    }
    guard verdict == .cannotTell else { return nil }
    return
      "That is too little to tell: give more seeds (--seeds \(seedsToTell)), or larger widths (--widths \(widerWidths))"
  }

  /// How many seeds would halve the gap between the errors that there are and one with which a slope can be judged: the
  /// error falls with the root of their number.
  private var seedsToTell: Int {
    let errors = grid.rows.filter { $0.verdict == .cannotTell && !$0.isMixture }.compactMap(\.standardError)
      .filter(\.isFinite).sorted()
    let error = errors.isEmpty ? 0 : errors[errors.count / 2]
    // Of two standard errors the interval is 95 %, and half of the tolerance is left to it.
    let wanted = Tolerance.usual.agreement / 4
    let factor = min(16, max(2, (error / wanted) * (error / wanted)))
    return Int((Double(seeds.count) * factor).rounded(.up))
  }

  /// The widths and one more: `64..2048` if each is twice the one before.
  private var widerWidths: String {
    let sorted = widths.sorted()
    guard let first = sorted.first, let last = sorted.last else { return "64..1024" }
    let isDoubling = zip(sorted, sorted.dropFirst()).allSatisfy { $1 == 2 * $0 }
    return isDoubling ? "\(first)..\(2 * last)" : (sorted + [2 * last]).map { "\($0)" }.joined(separator: ",")
  }
}

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

  /// How many seeds would bring the median error of what cannot tell to a quarter of the tolerance, as errors fall with the
  /// root of their number; from twice to 16 times as many.
  private var seedsToTell: Int {
    let errors = grid.rows.filter { $0.verdict == .cannotTell && !$0.isMixture }.compactMap(\.standardError)
      .filter(\.isFinite).sorted()
    let error = errors.isEmpty ? 0 : errors[errors.count / 2]
    // An interval of 95 % reaches about two standard errors; the other half of the tolerance is left to finite widths.
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

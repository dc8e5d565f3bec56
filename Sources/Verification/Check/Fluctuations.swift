import Exact
import Scaling
import TensorPrograms

/// Where a change is a mean plus fluctuations whose exponent is smaller by 1/2, yet which may be larger than the mean
/// at the widths of a check.
///
/// First, in values without a growing dimension, such as logits: sums over it, at any optimizer. There a slope between
/// the two is expected. Second, in all values if the update is proportional to the gradient, whose entries are such
/// sums (SGD; Adam divides by them). There a slope between may as well be a rate that is too small, so that nothing
/// is told.
struct Fluctuations: Sendable {
  private let growth: Rational
  private let summed: Set<String>
  private let isProportional: Bool

  /// - Parameter degree: Of the optimizer's step in the gradient (``Scaling/Derivation/degree``).
  init(_ program: Program, degree: Rational?) {
    growth = program.dimensions.map(\.growth).max() ?? .zero
    summed = Set(
      program.namedValues.filter { program[$0].axes.allSatisfy(\.growth.isZero) }.map { program[$0].name })
    isProportional = degree != .zero
  }

  /// The exponent of the fluctuations; nil where they do not matter.
  ///
  /// A sum may have a mean from the start: a tied readout's logit of the token that is read. It is one among many.
  func exponent(_ statistic: Statistic, _ prediction: Prediction) -> Rational? {
    let isSum = summed.contains(prediction.name)
    guard isSum || isProportional else { return nil }
    let fromStart = isSum && statistic == .size ? prediction.initialParts.dropFirst().min() : nil
    return [prediction.change.map { $0 - growth * .half }, fromStart].compactMap { $0 }.min()
  }

  /// A slope between the two is expected of a sum only.
  func explain(_ row: inout CheckRow) {
    guard row.isMixture, row.statistic == .change, !summed.contains(row.value) else { return }
    row.isMixture = false
    row.reason = "less than predicted: the rate is too small, or the gradient still fluctuates; give larger widths"
  }
}

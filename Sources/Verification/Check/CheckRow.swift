public import Exact

/// A prediction compared with its measurement: one statistic of one value at one step.
public struct CheckRow: Sendable, Equatable {
  /// The name of the value or weight.
  public var value: String
  public var kind: Kind
  /// Updates made so far.
  public var step: Int
  public var statistic: Statistic
  /// The predicted slope: the exponent of the statistic in width. Nil if predicted to be exactly zero.
  public var predicted: Rational?
  /// The predicted exponent at initialization. Nil if exactly zero.
  public var initial: Rational?
  /// The slope that was judged; nil if there is none.
  public var measured: Double?
  public var standardError: Double?
  public var verdict: Verdict
  /// Why, if the verdict does not speak for itself.
  public var reason: String?
  /// What would tell more; nil if something was told, or nothing that is known would.
  public var remedy: Remedy?
  /// Whether the verdict is `cannot tell` because two powers of width are of similar size, as predicted.
  public var isMixture: Bool
  /// The mean over seeds at each width of the grid; nil where every run diverged.
  public var means: [Double?]
  /// The exponents of all predicted parts, largest first; at finite width a smaller one may still be the larger part.
  public var parts: [Rational]
  /// Whether the slope is that of what all seeds share.
  public var isShared: Bool
  /// By width of the grid, the number of each run that did not diverge.
  public var numbers: [[Double]]

  /// What is measured.
  public enum Kind: String, Sendable, Codable, CaseIterable { case value, weight }

  public init(
    value: String, kind: Kind = .value, step: Int, statistic: Statistic, predicted: Rational?, initial: Rational? = nil,
    measured: Double?, standardError: Double?, verdict: Verdict, reason: String? = nil,
    remedy: Remedy? = nil, isMixture: Bool = false, means: [Double?], parts: [Rational] = [], isShared: Bool = false,
    numbers: [[Double]] = []
  ) {
    (self.value, self.kind, self.step, self.statistic) = (value, kind, step, statistic)
    (self.predicted, self.initial) = (predicted, initial)
    (self.measured, self.standardError, self.verdict) = (measured, standardError, verdict)
    (self.reason, self.remedy) = (reason, remedy)
    (self.isMixture, self.means) = (isMixture, means)
    (self.parts, self.isShared, self.numbers) = (parts, isShared, numbers)
  }

  /// Judges a sample.
  ///
  /// - Parameters:
  ///   - predicted: the predicted exponent, nil for exactly zero; `parts`, `shared` and `floor` as
  ///     ``Tolerance/judge(_:predicted:parts:shared:floor:)`` has them.
  ///   - initial: the predicted exponent at initialization, nil for exactly zero.
  ///   - isJudgedByParts: whether the predicted parts have rows of their own, so that a slope between their exponents is as
  ///     predicted.
  public init(
    value: String, kind: Kind = .value, step: Int, statistic: Statistic, predicted: Rational?, initial: Rational?,
    parts: [Rational] = [], isJudgedByParts: Bool = false, sample: Sample, shared: SlopeFit? = nil,
    tolerance: Tolerance, floor: Double = 0
  ) {
    var judgement = tolerance.judge(sample, predicted: predicted, parts: parts, shared: shared, floor: floor)
    if judgement.isMixture, isJudgedByParts {
      (judgement.verdict, judgement.isMixture, judgement.remedy) = (.agrees, false, nil)
      judgement.reason = "a sum, as predicted, of parts that are judged by themselves"
    }
    self.init(
      value: value, kind: kind, step: step, statistic: statistic, predicted: predicted, initial: initial,
      measured: judgement.measured, standardError: judgement.standardError, verdict: judgement.verdict,
      reason: judgement.reason, remedy: judgement.remedy, isMixture: judgement.isMixture, means: sample.means,
      parts: parts, isShared: shared != nil, numbers: sample.numbers)
  }

  /// Whether the statistic grows with width by more than its error and the usual bias.
  public var grows: Bool { (measured ?? 0) - (standardError ?? 0) > 0.25 }
  /// Whether the statistic shrinks with width by more than its error and the usual bias.
  public var shrinks: Bool { (measured ?? 0) + (standardError ?? 0) < -0.25 }
}

extension CheckRow: Codable {
  enum CodingKeys: CodingKey {
    case value, kind, step, statistic, predicted, initial, measured, standardError, verdict, reason, remedy,
      isMixture, means, parts, isShared, numbers
  }

  /// Every key is written; a missing value is null. Exponents are strings such as `"-1/2"`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encode(kind, forKey: .kind)
    try container.encode(step, forKey: .step)
    try container.encode(statistic, forKey: .statistic)
    try container.encode(predicted, forKey: .predicted)
    try container.encode(initial, forKey: .initial)
    try container.encode(measured.finite, forKey: .measured)
    try container.encode(standardError.finite, forKey: .standardError)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(reason, forKey: .reason)
    try container.encode(remedy, forKey: .remedy)
    try container.encode(isMixture, forKey: .isMixture)
    try container.encode(means.map(\.finite), forKey: .means)
    try container.encode(parts, forKey: .parts)
    try container.encode(isShared, forKey: .isShared)
    try container.encode(numbers, forKey: .numbers)
  }
}

extension Double? {
  /// Nil if it is not finite, which JSON cannot write.
  var finite: Double? { flatMap { $0.isFinite ? $0 : nil } }
}

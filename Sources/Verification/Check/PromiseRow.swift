/// What maximal update parametrization promises of one value or weight, held against measurement alone: whatever was
/// predicted.
public struct PromiseRow: Sendable, Equatable, Codable {
  public enum Promise: String, Sendable, Codable, CaseIterable {
    /// The value does not grow with the width.
    case bounded
    /// What the weight's own change does where it is first used does not grow with the width.
    case steady
    /// What the weight's own change does where it is first used does not vanish as the width grows; in proportion to what
    /// is made there, if only proportions matter.
    case moves
    /// What training does to the network's output does not vanish as the width grows.
    case learns

    /// Whether it is broken by what grows, not by what vanishes.
    var isUpper: Bool {
      switch self {
      case .bounded, .steady: true
      case .moves, .learns: false
      }
    }
  }

  /// The name of the value or weight.
  public var value: String
  public var promise: Promise
  /// The slope that was judged; nil if there is none.
  public var measured: Double?
  public var standardError: Double?
  public var verdict: Verdict

  public init(
    value: String, promise: Promise, measured: Double? = nil, standardError: Double? = nil, verdict: Verdict
  ) {
    (self.value, self.promise, self.verdict) = (value, promise, verdict)
    (self.measured, self.standardError) = (measured.finite, standardError.finite)
  }

  /// Judges a fit: a slope may be of one sign only, up to ``Tolerance/usual``. A line that is bent back towards zero breaks
  /// no promise yet.
  init(_ value: String, _ promise: Promise, _ sample: Sample, shared: SlopeFit? = nil) {
    guard sample.numbers.contains(where: { !$0.isEmpty }) else {
      self.init(value: value, promise: promise, verdict: .cannotTell)
      return
    }
    guard !sample.isZero() else {
      self.init(value: value, promise: promise, verdict: promise.isUpper ? .agrees : .disagrees)
      return
    }
    guard let fit = shared ?? SlopeFit(sample) else {
      self.init(value: value, promise: promise, verdict: .cannotTell)
      return
    }
    let sign = promise.isUpper ? 1.0 : -1.0
    let most = Tolerance.usual.refutation
    let slope = sign * fit.best.slope
    let isBroken =
      slope - fit.halfWidth(confidence: SlopeFit.refuting) > most && sign * fit.slope > most
      && !fit.flattens(towards: 0)
    let isKept = slope + fit.halfWidth(confidence: SlopeFit.supporting) <= most
    self.init(
      value: value, promise: promise, measured: fit.best.slope, standardError: fit.best.standardError,
      verdict: isBroken ? .disagrees : isKept ? .agrees : .cannotTell)
  }

  /// `grows as n^0.42`, `its own change vanishes as n^-0.50`.
  public var finding: String {
    switch promise {
    case .bounded: "grows"
    case .steady: "its own change grows"
    case .moves: "its own change vanishes"
    case .learns: "what training does to it vanishes"
    }
  }
}

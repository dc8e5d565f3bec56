public import Exact
public import Scaling
public import TensorPrograms

/// The exponent of a weight's learning rate in width, under the measured alignment and under the usual assumptions.
public struct AlignedRates: Codable, Sendable, Hashable {
  public var weight: String
  /// The measured alignment, rounded (``AlignmentResult/alignments(denominator:)``); full for a weight without one.
  public var alignment: Alignment
  public var measured: Rational
  public var full: Rational
  public var none: Rational
  /// Where the calculus decides what is aligned.
  public var calculus: Rational
}

extension AlignmentResult {
  /// The largest stable rates from given initial sizes under each alignment, by weight.
  ///
  /// - Parameter calculus: What the calculus derives from these initial sizes.
  ///
  /// Throws as ``TensorPrograms/Program/largestRates(optimizer:from:alignment:exceptions:)``.
  public func rates(
    _ program: Program, optimizer: Optimizer, from start: InitialSizes, calculus: Parametrization
  ) throws -> [AlignedRates] {
    let found = Dictionary(alignments().map { ($0.weight, $0.alignment) }, uniquingKeysWith: { first, _ in first })
    func rates(_ alignment: Alignment, _ exceptions: [String: Alignment] = [:]) throws -> Parametrization {
      try program.largestRates(optimizer: optimizer, from: start, alignment: alignment, exceptions: exceptions)
        .parametrization
    }
    let (measured, full, none) = (try rates(.full, found), try rates(.full), try rates(Alignment.none))
    return try full.weights.map { rule in
      AlignedRates(
        weight: rule.name, alignment: found[rule.name] ?? .full, measured: try measured.rule(rule.name).rate,
        full: rule.rate, none: try none.rule(rule.name).rate, calculus: try calculus.rule(rule.name).rate)
    }
  }
}

public import Exact

/// What the check said to mutations of one network's rules under one optimizer, and to the rules themselves.
public struct AuditCell: ArchitectureCell {
  public typealias Settings = AuditSettings
  public static let study = "audit"

  /// What the check said to one mutation.
  public struct Case: Sendable, Equatable, Codable {
    public var mutation: Mutation
    public var verdict: Verdict
    /// Whether what was changed is among the values and weights that disagree.
    public var isNamed: Bool
  }

  public var architecture: String
  /// The optimizer, by its word on the command line.
  public var optimizer: String
  public var derivation: String
  /// How many mutations there are; `cases` is a sample of them.
  public var possible: Int
  public var cases: [Case]
  /// What it said to the rules as derived, and to how many of their rows what.
  public var correct: Verdict
  public var rows: Int
  public var agree: Int
  public var disagree: Int
  /// The rows between two predicted exponents.
  public var mixed: Int
  /// The first value that disagreed, if any did.
  public var refuted: String?
  public var seconds: Double
  /// Why nothing was measured; nil if it was.
  public var error: String?
}

/// What all cells of an audit have in common.
public struct AuditSettings: StudySettings {
  public var widths: [Int]
  public var seeds: Int
  public var steps: Int
  /// By how much exponents are moved, up and down.
  public var shifts: [Rational]
  /// The number of mutations that are tried in a cell, evenly spread over all; all of them if nil.
  public var sample: Int?
  /// Of this package.
  public var version: String

  public init(
    widths: [Int] = [64, 128, 256, 512, 1024], seeds: Int = 4, steps: Int = 3,
    shifts: [Rational] = [Rational(1, 4), Rational(1, 2)], sample: Int? = 12, version: String
  ) {
    (self.widths, self.seeds, self.steps) = (Set(widths).sorted(), seeds, steps)
    (self.shifts, self.sample, self.version) = (shifts, sample, version)
  }

  public var texts: [(name: String, text: String)] {
    [
      ("widths", widths.map { "\($0)" }.joined(separator: ",")), ("seeds", "\(seeds)"), ("steps", "\(steps)"),
      ("by", shifts.map { "\($0)" }.joined(separator: ",")), ("sample", sample.map { "\($0)" } ?? ""),
      ("version", version),
    ]
  }
}

import Experiments
public import Foundation
public import Verification

/// A study of transfer as a document: the content of its page, its JSON and its tables.
public struct TransferReport: Sendable, Equatable, Codable {
  /// The command that reproduces it.
  public var command: String
  /// The name of the program.
  public var program: String
  public var optimizer: String
  /// The width at which all parametrizations are the same.
  public var base: Int
  public var widths: [Int]
  public var seeds: [Int]
  /// Updates of each run.
  public var steps: Int
  /// `float` or `double`.
  public var precision: String
  /// What was trained on: `digits: 1797 rows, 64 features, 10 classes`.
  public var data: String
  public var version: String
  /// ISO 8601.
  public var date: String
  /// The time that it took, without what a record held already.
  public var seconds: Double
  /// The drift, in octaves per doubling of the width, that counts as none.
  public var tolerance: Double
  public var verdict: TransferVerdict
  public var result: TransferResult

  public init(
    _ study: TransferStudy, _ result: TransferResult, command: String, data: String, version: String, seconds: Double,
    date: Date = Date()
  ) {
    (self.command, program, optimizer) = (command, study.program.name, study.optimizer.name)
    (base, widths, seeds) = (study.base ?? study.widths.first ?? 1, study.widths, study.seeds)
    (steps, precision, self.data) = (study.steps, study.precision.rawValue, data)
    (self.version, self.date, self.seconds) = (version, date.formatted(.iso8601), seconds)
    (tolerance, verdict, self.result) = (RateDrift.tolerance, result.verdict, result)
  }

  /// `mean loss` or `final loss`.
  public var lossName: String { "\(result.score.rawValue) loss" }

  /// The report as JSON, keys sorted, readable.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// A line a run: `parametrization,width,log2_rate,seed,loss`; the loss of a run that diverged is `inf`.
  public var csv: String {
    var lines = ["parametrization,width,log2_rate,seed,loss"]
    for arm in result.arms {
      for curve in arm.widths.map(\.curve) {
        for (rate, scores) in zip(curve.log2Rates, curve.scores) {
          for (seed, score) in zip(seeds, scores) {
            lines.append("\(arm.name),\(curve.width),\(rate),\(seed),\(score.map { "\($0)" } ?? "inf")")
          }
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

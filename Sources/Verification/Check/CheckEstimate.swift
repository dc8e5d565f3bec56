import Experiments
import Foundation
public import TensorPrograms
public import TrainingData

/// What a check will need, before it is run.
public struct CheckEstimate: Sendable, Equatable {
  public var seconds: Double
  /// Of the largest runs that go side by side.
  public var bytes: Double

  /// `about 40 s and 1.2 GB`.
  public var text: String {
    let time = seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    return "about \(time) and " + String(format: "%.1f GB", max(0.1, bytes / 1e9))
  }
}

extension CoordinateCheck {
  /// Makes one run at each of the two smallest widths, and tells from them what all runs of some checks of one network
  /// will need.
  ///
  /// Throws: as ``run(on:progress:)``.
  public static func estimate(_ checks: [CoordinateCheck], on data: any DataSource) throws -> CheckEstimate {
    var result = CheckEstimate(seconds: 0, bytes: 0)
    guard let first = checks.first else { return result }
    let prepared = try first.prepare(data)
    func cost(_ width: Int) -> Double { prepared.experiments([width]).first?.setup.recipe.costOfStep ?? 1 }
    // The first run also pays for what is made once.
    var (seconds, measured) = (0.0, 1)
    for width in prepared.widths.prefix(2) {
      guard let one = prepared.experiments([width]).first else { continue }
      let began = ContinuousClock.now
      _ = try one.record()
      (seconds, measured) = ((ContinuousClock.now - began) / .seconds(1), width)
    }
    let ofAll = prepared.widths.reduce(0) { $0 + seconds * cost($1) / cost(measured) }
    result.seconds = ofAll * Double(first.seeds.count * checks.count) / Double(max(1, first.workers))
    let largest = prepared.widths.last ?? 1
    let alike = try first.threads(at: largest) > 1 ? 1 : min(first.workers, first.seeds.count)
    result.bytes = try first.program.weightCount(at: largest) * 8 * Double(alike) * (first.precision == .float ? 4 : 8)
    return result
  }

  /// The widths that a check takes if none are given: 64 to 1024, or others in doublings where the network has no sizes at
  /// these, or so many weights that a usual machine would take hours.
  public static func usualWidths(_ program: Program) -> [Int] {
    let ladders = [64, 32, 16, 8, 4, 128, 256, 512].map { first in (0..<5).map { first << $0 } }
    func fits(_ width: Int) -> Bool {
      guard let weights = try? program.weightCount(at: width), weights <= mostWeights else { return false }
      return program.dimensions.allSatisfy { (try? $0.size.value(at: width, of: $0.name)) != nil }
    }
    let fitting = ladders.map { $0.filter(fits) }
    return fitting.first { $0.count == 5 } ?? fitting.first { $0.count >= 3 } ?? ladders[0]
  }

  private static let mostWeights = 1e8
}

extension Program {
  /// How many entries all weights have at a width. Throws ``ProgramError/size(dimension:size:width:reason:)``.
  fileprivate func weightCount(at width: Int) throws -> Double {
    try weights.reduce(0) { sum, weight in
      try sum
        + self[weight.id].axes.reduce(1.0) {
          try $0 * Double($1.dimension.size.value(at: width, of: $1.dimension.name))
        }
    }
  }
}

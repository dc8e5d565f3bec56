import Experiments
import Foundation

/// Where best rates go as the width grows: eta(n) = eta_inf + c n^(-beta), fitted by least squares to the optima.
///
/// For each beta the other two follow from a line, so that one number is searched (variable projection). Three numbers
/// from a few widths are told by little: there is a fit only if each interval excludes what would make it none.
public struct RateLimit: Sendable, Equatable, Codable {
  /// The limit of the best rate at the base width.
  public var rate: Double
  /// Half of its 95 % interval over seeds, each left out in turn.
  public var rateHalfWidth: Double
  public var beta: Double
  public var betaHalfWidth: Double

  /// The betas that are tried.
  private static let betas = stride(from: 0.05, through: 3, by: 0.01)

  /// Nil of fewer than four widths or three seeds, if a width has no best rate or one at an edge, and if beta or the
  /// limit cannot be told from 0, or beta from the largest that is tried.
  init?(_ optima: [(width: Int, optimum: RateOptimum?)]) {
    let found = optima.compactMap { width, optimum in
      optimum.flatMap { $0.edge == nil ? (width: Double(width), optimum: $0) : nil }
    }
    let seeds = found.map(\.optimum.withoutOne.count).min() ?? 0
    guard found.count == optima.count, found.count >= 4, seeds >= 3 else { return nil }
    let widths = found.map(\.width)
    let all = RateLimit.fit(widths, found.map { exp2($0.optimum.log2Rate) })
    let others = (0..<seeds).map { seed in
      RateLimit.fit(widths, found.map { exp2($0.optimum.withoutOne[seed]) })
    }
    guard let rateError = Jackknife.error(others.map(\.rate)), let betaError = Jackknife.error(others.map(\.beta))
    else {
      return nil
    }
    let quantile = StudentT.quantile(confidence: SlopeFit.supporting, degrees: seeds - 1)
    (rate, rateHalfWidth) = (all.rate, quantile * rateError)
    (beta, betaHalfWidth) = (all.beta, quantile * betaError)
    guard rate > rateHalfWidth, beta > betaHalfWidth, beta + betaHalfWidth < 3 else { return nil }
  }

  private static func fit(_ widths: [Double], _ rates: [Double]) -> (rate: Double, beta: Double) {
    var best = (rate: rates.last ?? 0, beta: 0.0, error: Double.infinity)
    for beta in betas {
      let x = widths.map { pow($0 / widths[0], -beta) }
      guard let line = PolynomialFit(zip(x, rates).map { (x: $0, y: $1) }, degree: 1) else { continue }
      let error = zip(x, rates).reduce(0) { $0 + pow(line.value(at: $1.0) - $1.1, 2) }
      if error < best.error { best = (line.value(at: 0), beta, error) }
    }
    return (best.rate, best.beta)
  }
}

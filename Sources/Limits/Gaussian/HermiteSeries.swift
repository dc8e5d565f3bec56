import Foundation
import TensorPrograms

/// A function of a Gaussian number as a series of Hermite polynomials: f(m + s x) = sum of a_k h_k(x), h_k orthonormal
/// under the normal density.
///
/// Mehler's formula makes expectations of it: E[f(u) g(v)] is the sum of a_k b_k r^k, r the correlation of u and v. What
/// is left out after K terms is at most the product of the two remainders, and a remainder is known: the sum of all
/// a_k^2 is E[f^2].
struct HermiteSeries: Sendable {
  let coefficients: [Double]
  /// E[f^2].
  let square: Double
  /// E[f^2] less the sum of the squares that are kept, and what rounding may have made of it.
  let remainder: Double

  /// The most terms that are taken.
  static let mostTerms = 2048
  /// What is left out, relative to the roots of the functions' mean squares.
  static let accuracy = 1e-13

  /// The coefficients are integrals, by the trapezoidal rule: of a function that is analytic about the real axis its
  /// error falls exponentially with the distance of the points.
  init(_ f: EntryFunction, mean: Double, variance: Double) {
    let deviation = variance.squareRoot()
    let step = 1 / (16 * max(1, deviation))
    let reach = 13.0
    let count = Int(reach / step)
    let points = (-count...count).map { Double($0) * step }
    let values = f(points.map { mean + deviation * $0 })
    // The root of the density goes with the polynomials, which then stay of size 1.
    let root = points.map { exp(-$0 * $0 / 4) / pow(2 * Double.pi, 0.25) }
    let weighted = zip(values, root).map { $0 * $1 * step }
    square = zip(values, root).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 * step }
    var (before, now) = ([Double](repeating: 0, count: points.count), root)
    var (found, rest): ([Double], Double) = ([], square)
    // The difference of squares is only right to a few roundings of the whole, so it cannot tell when the terms have
    // ended: they have once a run of them is lost in rounding, every second one being zero of an odd or even function.
    let rounding = 8 * Double.ulpOfOne * square
    var (k, quiet) = (0, 0)
    while k < Self.mostTerms, quiet < 16 {
      var sum = 0.0
      for i in points.indices { sum += weighted[i] * now[i] }
      found.append(sum)
      rest -= sum * sum
      quiet = rest <= rounding && sum * sum <= Double.ulpOfOne * rounding ? quiet + 1 : 0
      let (a, b) = (1 / Double(k + 1).squareRoot(), (Double(k) / Double(k + 1)).squareRoot())
      for i in points.indices {
        let next = a * points[i] * now[i] - b * before[i]
        before[i] = now[i]
        now[i] = next
      }
      k += 1
    }
    (coefficients, remainder) = (found, max(0, rest) + rounding)
  }

  /// E[f(u) g(v)] at a correlation r.
  static func expectation(_ f: HermiteSeries, _ g: HermiteSeries, correlation r: Double) -> Double {
    let count = min(f.coefficients.count, g.coefficients.count)
    var sum = 0.0
    for k in (0..<count).reversed() { sum = sum * r + f.coefficients[k] * g.coefficients[k] }
    return sum
  }

  /// How far the sum can be from the expectation, relative to the roots of the two mean squares.
  static func error(_ f: HermiteSeries, _ g: HermiteSeries, correlation r: Double) -> Double {
    let count = min(f.coefficients.count, g.coefficients.count)
    guard f.square > 0, g.square > 0 else { return 0 }
    // Of the longer series, what the shorter one cannot see counts as left out.
    func left(_ series: HermiteSeries) -> Double {
      max(0, series.coefficients[count...].reduce(series.remainder) { $0 + $1 * $1 })
    }
    let bound = (left(f) / f.square).squareRoot() * (left(g) / g.square).squareRoot()
    return bound * pow(abs(r), Double(count))
  }
}

import Foundation

/// Two jointly Gaussian numbers u and v.
struct GaussianPair {
  var means = (u: 0.0, v: 0.0)
  /// Var u, Var v and Cov(u, v).
  var (uu, vv, uv): (Double, Double, Double)
  /// uu vv - uv^2, not negative.
  var determinant: Double

  init(_ uu: Double, _ vv: Double, _ uv: Double, means: (u: Double, v: Double) = (0, 0)) {
    (self.uu, self.vv, self.uv, self.means) = (uu, vv, uv, means)
    // By Kahan's method: the products' rounding errors are added again, so that it is right to the last digits even
    // where they cancel.
    let square = uv * uv
    let error = (-square).addingProduct(uv, uv)
    determinant = max(0, (-square).addingProduct(uu, vv) - error)
  }

  private init(_ means: (u: Double, v: Double), _ uu: Double, _ vv: Double, _ uv: Double, _ determinant: Double) {
    (self.means, self.uu, self.vv, self.uv, self.determinant) = (means, uu, vv, uv, determinant)
  }

  var swapped: GaussianPair { GaussianPair((means.v, means.u), vv, uu, uv, determinant) }
  var isCentered: Bool { means.u == 0 && means.v == 0 }

  /// v given that u is 0.
  var vWhereUVanishes: (mean: Double, variance: Double) { (means.v - uv / uu * means.u, determinant / uu) }

  /// The density of u at 0.
  var densityOfUAtZero: Double { exp(-means.u * means.u / (2 * uu)) / (2 * Double.pi * uu).squareRoot() }

  /// The pair under its density times exp(-a u^2), and what that density integrates to.
  func weighted(_ a: Double) -> (factor: Double, GaussianPair) {
    let s = 1 + 2 * a * uu
    let factor = exp(-a * means.u * means.u / s) / s.squareRoot()
    let shifted = (u: means.u / s, v: means.v - 2 * a * uv * means.u / s)
    return (factor, GaussianPair(shifted, uu / s, (vv + 2 * a * determinant) / s, uv / s, determinant / s))
  }

  /// acos of the correlation, from 0 to pi.
  var angle: Double { atan2(determinant.squareRoot(), uv) }
  /// pi less the angle.
  var coangle: Double { atan2(determinant.squareRoot(), -uv) }
}

/// The probability that a standard normal number is below x.
func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

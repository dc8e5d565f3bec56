/// The polynomial of a degree that fits points best, by least squares.
public struct PolynomialFit: Sendable, Equatable {
  /// Where its x is counted from: the mean of the points'.
  public let center: Double
  /// Of the powers of x - center, from the constant on.
  public let coefficients: [Double]

  /// Nil if the points have no more different x than the degree.
  public init?(_ points: [(x: Double, y: Double)], degree: Int) {
    let size = degree + 1
    guard degree >= 0, Set(points.map(\.x)).count >= size else { return nil }
    let center = points.reduce(0) { $0 + $1.x } / Double(points.count)
    var rows = [[Double]](repeating: [Double](repeating: 0, count: size + 1), count: size)
    for point in points {
      var powers = [1.0]
      for _ in 0..<2 * degree { powers.append((powers.last ?? 1) * (point.x - center)) }
      for i in 0..<size {
        for j in 0..<size { rows[i][j] += powers[i + j] }
        rows[i][size] += powers[i] * point.y
      }
    }
    guard let coefficients = PolynomialFit.solution(&rows), coefficients.allSatisfy(\.isFinite) else { return nil }
    (self.center, self.coefficients) = (center, coefficients)
  }

  public func value(at x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * (x - center) + $1 }
  }

  /// Where a polynomial of degree two or three has its minimum; nil if it has none, or another degree.
  public var minimum: Double? {
    guard coefficients.count == 3 || coefficients.count == 4 else { return nil }
    let (b, c) = (coefficients[1], coefficients[2])
    let root = (c * c - 3 * b * (coefficients.count > 3 ? coefficients[3] : 0)).squareRoot()
    // The root of the derivative at which the second derivative is 2 `root`, in the form that a small cubic part leaves
    // exact.
    return root > 0 && c + root > 0 ? center - b / (c + root) : nil
  }

  /// Gaussian elimination with pivots; the last column is the right side.
  private static func solution(_ rows: inout [[Double]]) -> [Double]? {
    let size = rows.count
    for k in 0..<size {
      let pivot = (k..<size).max { rows[$0][k].magnitude < rows[$1][k].magnitude } ?? k
      rows.swapAt(k, pivot)
      guard rows[k][k] != 0 else { return nil }
      for i in k + 1..<size {
        let factor = rows[i][k] / rows[k][k]
        for j in k...size { rows[i][j] -= factor * rows[k][j] }
      }
    }
    var solution = [Double](repeating: 0, count: size)
    for k in (0..<size).reversed() {
      let known = (k + 1..<size).reduce(0) { $0 + rows[k][$1] * solution[$1] }
      solution[k] = (rows[k][size] - known) / rows[k][k]
    }
    return solution
  }
}

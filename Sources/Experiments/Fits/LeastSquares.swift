/// Fits by least squares.
public enum LeastSquares {
  /// The slope of the line through points; nil unless two x differ.
  public static func slope(_ points: [(x: Double, y: Double)]) -> Double? {
    let mean = mean(points)
    let squares = spread(points.map(\.x), around: mean.x)
    return squares > 0 ? points.reduce(0) { $0 + ($1.x - mean.x) * ($1.y - mean.y) } / squares : nil
  }

  /// The derivative of the slope of the fitted line with respect to each y, for points with these x, of which two
  /// differ.
  public static func slopeWeights(_ x: [Double]) -> [Double] {
    let center = x.reduce(0, +) / Double(x.count)
    let spread = spread(x, around: center)
    return x.map { ($0 - center) / spread }
  }

  /// The standard error of a fitted slope, from the residuals; 0 for two points, which have none.
  public static func slopeError(_ points: [(x: Double, y: Double)], slope: Double) -> Double {
    guard points.count > 2 else { return 0 }
    let mean = mean(points)
    let square = points.reduce(0) {
      let residual = $1.y - mean.y - slope * ($1.x - mean.x)
      return $0 + residual * residual
    }
    return (square / (Double(points.count) - 2) / spread(points.map(\.x), around: mean.x)).squareRoot()
  }

  /// The nonnegative coefficients of `y = a u + b v`, with their uncertainty; nil if u and v are nearly proportional.
  public static func twoParts(_ rows: [(u: Double, v: Double, y: Double)]) -> TwoParts? {
    let uu = rows.reduce(0) { $0 + $1.u * $1.u }
    let uv = rows.reduce(0) { $0 + $1.u * $1.v }
    let vv = rows.reduce(0) { $0 + $1.v * $1.v }
    let uy = rows.reduce(0) { $0 + $1.u * $1.y }
    let vy = rows.reduce(0) { $0 + $1.v * $1.y }
    let determinant = uu * vv - uv * uv
    guard determinant > 1e-12 * uu * vv else { return nil }
    var a = (uy * vv - vy * uv) / determinant
    var b = (vy * uu - uy * uv) / determinant
    if a < 0 { (a, b) = (0, vy / vv) }
    if b < 0 { (a, b) = (uy / uu, 0) }
    return TwoParts(
      a: a, b: b, errorOfA: (vv / determinant).squareRoot(),
      residual: rows.reduce(0) { $0 + ($1.y - a * $1.u - b * $1.v) * ($1.y - a * $1.u - b * $1.v) })
  }

  public struct TwoParts: Sendable, Equatable {
    public var a: Double
    public var b: Double
    /// The standard error of a if each y has an error of 1.
    public var errorOfA: Double
    /// The sum of the squared residuals.
    public var residual: Double
  }

  private static func mean(_ points: [(x: Double, y: Double)]) -> (x: Double, y: Double) {
    let count = Double(points.count)
    return (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
  }

  private static func spread(_ x: [Double], around center: Double) -> Double {
    x.reduce(0) { $0 + ($1 - center) * ($1 - center) }
  }
}

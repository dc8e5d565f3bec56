/// Gauss-Legendre quadrature with 16 points a panel.
enum GaussLegendre {
  private static let points: [(x: Double, weight: Double)] = [
    (0.095012509837637440, 0.189450610455068496), (0.281603550779258913, 0.182603415044923589),
    (0.458016777657227386, 0.169156519395002538), (0.617876244402643748, 0.149595988816576732),
    (0.755404408355003034, 0.124628971255533872), (0.865631202387831744, 0.095158511682492785),
    (0.944575023073232576, 0.062253523938647893), (0.989400934991649933, 0.027152459411754095),
  ]

  /// The integral over so many panels of equal length.
  static func integrate(from a: Double, to b: Double, panels: Int, _ f: (Double) -> Double) -> Double {
    let half = (b - a) / Double(2 * panels)
    var sum = 0.0
    for panel in 0..<panels {
      let middle = a + half * Double(2 * panel + 1)
      for (x, weight) in points { sum += weight * (f(middle - half * x) + f(middle + half * x)) }
    }
    return sum * half
  }
}

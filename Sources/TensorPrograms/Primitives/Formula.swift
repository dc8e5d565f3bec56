import Foundation

/// What the entries of a constant tensor are, given their indices. This file holds all formulas.
public struct Formula: Sendable {
  public let name: String
  /// What each axis is.
  public let axes: [String]
  /// Sizes that its last axes must have.
  public let lastSizes: [Int]
  /// The number that it takes, if none is given.
  public let parameter: Double
  let value: @Sendable (_ index: [Int], _ sizes: [Int], _ parameter: Double) -> Double

  init(
    _ name: String, axes: [String], lastSizes: [Int] = [], parameter: Double,
    value: @escaping @Sendable ([Int], [Int], Double) -> Double
  ) {
    (self.name, self.axes, self.lastSizes) = (name, axes, lastSizes)
    (self.parameter, self.value) = (parameter, value)
  }

  /// Every formula, by the name that a program's text has.
  public static let all: [Formula] = [
    buckets, cosines, pastBuckets, pathGraph, relativeSinusoids, rotation, sines, sinusoids,
  ]

  /// Sines and cosines of a position, of geometrically growing wavelength (Vaswani et al. 2017, section 3.5).
  public static let sinusoids = Formula("sinusoids", axes: ["position", "feature"], parameter: 10000) {
    i, sizes, base in
    sinusoid(Double(i[0]), feature: i[1], of: sizes[1], base)
  }

  /// The same of the distance between two positions (Transformer-XL, 1901.02860, section 3.3).
  public static let relativeSinusoids = Formula(
    "relative-sinusoids", axes: ["query", "key", "feature"], parameter: 10000
  ) { i, sizes, base in
    sinusoid(Double(i[0] - i[1]), feature: i[2], of: sizes[2], base)
  }

  /// For each position and pair of coordinates the matrix that turns the pair by an angle in proportion to the
  /// position (RoPE, 2104.09864, equation 15).
  public static let rotation = Formula(
    "rotation", axes: ["position", "pair", "to", "from"], lastSizes: [2, 2], parameter: 10000
  ) { i, sizes, base in
    let angle = Double(i[0]) * pow(base, -Double(i[1]) / Double(sizes[1]))
    return i[2] == i[3] ? cos(angle) : i[2] == 0 ? -sin(angle) : sin(angle)
  }

  /// 1 at the bucket of the distance between query and key, else 0: distances in both directions, exact for near
  /// ones and logarithmic up to the farthest (T5, 1910.10683, section 2.1).
  public static let buckets = Formula("buckets", axes: ["query", "key", "bucket"], parameter: 128) { i, sizes, far in
    let half = sizes[2] / 2
    let distance = i[1] - i[0]
    return (distance > 0 ? half : 0) + bucket(abs(distance), of: half, far) == i[2] ? 1 : 0
  }

  /// The same where a query sees itself and what was before it.
  public static let pastBuckets = Formula("past-buckets", axes: ["query", "key", "bucket"], parameter: 128) {
    i, sizes, far in
    bucket(max(0, i[0] - i[1]), of: sizes[2], far) == i[2] ? 1 : 0
  }

  /// The real part of a Fourier transform over positions on a circle, of norm 1: `sqrt(2 / N) cos(2 pi mode position / N)`.
  public static let cosines = Formula("cosines", axes: ["mode", "position"], parameter: 0) { i, sizes, _ in
    (2 / Double(sizes[1])).squareRoot() * cos(2 * .pi * Double(i[0] * i[1]) / Double(sizes[1]))
  }

  /// The same of the sine.
  public static let sines = Formula("sines", axes: ["mode", "position"], parameter: 0) { i, sizes, _ in
    (2 / Double(sizes[1])).squareRoot() * sin(2 * .pi * Double(i[0] * i[1]) / Double(sizes[1]))
  }

  /// The adjacency of nodes on a path, each also its own neighbour, normalized by the roots of both degrees
  /// (Kipf and Welling, 1609.02907, equation 2).
  public static let pathGraph = Formula("path-graph", axes: ["node", "neighbour"], parameter: 0) { i, sizes, _ in
    func degree(_ node: Int) -> Double { Double(1 + (node > 0 ? 1 : 0) + (node < sizes[0] - 1 ? 1 : 0)) }
    return abs(i[0] - i[1]) > 1 ? 0 : 1 / (degree(i[0]) * degree(i[1])).squareRoot()
  }

  private static func sinusoid(_ position: Double, feature: Int, of count: Int, _ base: Double) -> Double {
    let angle = position * pow(base, -Double(feature / 2 * 2) / Double(count))
    return feature % 2 == 0 ? sin(angle) : cos(angle)
  }

  private static func bucket(_ distance: Int, of count: Int, _ far: Double) -> Int {
    let exact = count / 2
    if distance < exact || exact == 0 { return min(distance, max(0, count - 1)) }
    let share = log(Double(distance) / Double(exact)) / log(max(far, Double(exact) + 1) / Double(exact))
    return min(exact + Int(max(0, share) * Double(count - exact)), count - 1)
  }
}

import Foundation
import Gallery
import TensorPrograms
import Testing

@testable import Limits

/// Kernels of networks beside the recursions of the literature, written here once more.
@Suite struct KernelTests {
  /// E[phi phi] and E[phi' phi'] of a pair with variances p and q and covariance k.
  struct Pair: Sendable {
    var value: @Sendable (_ p: Double, _ q: Double, _ k: Double) -> Double
    var slope: @Sendable (_ p: Double, _ q: Double, _ k: Double) -> Double

    /// Cho and Saul 2009, orders 1 and 0.
    static let relu = Pair(
      value: { p, q, k in
        let angle = acos(max(-1, min(1, k / (p * q).squareRoot())))
        return (p * q).squareRoot() / (2 * .pi) * (sin(angle) + (.pi - angle) * cos(angle))
      }, slope: { p, q, k in (.pi - acos(max(-1, min(1, k / (p * q).squareRoot())))) / (2 * .pi) })
    /// Williams 1997; its derivative by Price's theorem.
    static let erf = Pair(
      value: { p, q, k in 2 / .pi * asin(2 * k / ((1 + 2 * p) * (1 + 2 * q)).squareRoot()) },
      slope: { p, q, k in 4 / .pi / ((1 + 2 * p) * (1 + 2 * q) - 4 * k * k).squareRoot() })
  }

  static let features = 6, examples = 5

  /// Fixed numbers of different lengths.
  static let data: [Double] = (0..<30).map { (i: Int) -> Double in
    let angle = 0.7 * Double(i * i + 3 * i)
    let length = Double(1 + i % 4)
    return length * sin(angle)
  }

  static func perceptron(_ phi: Nonlinearity, hidden: Int, gain: Double, biases: Bool = false) throws -> Program {
    let (batch, n) = (Dimension("batch", 2), Dimension("model", growing: .n))
    return try Program("perceptron") { p in
      var x = p.input("x", [batch, Dimension("features", features)])
      for layer in 0..<hidden { x = map(phi, Dense("layers.\(layer)", to: n, bias: biases, gain: gain)(x)) }
      let f = Dense("readout", to: Dimension("outputs", 1), bias: biases)(x)
      p.minimize(meanSquaredError(f, p.input("y", [batch, Dimension("outputs", 1)])))
    }
  }

  /// The recursion over layers (Lee et al. 2018; Jacot et al. 2018), with unit variance of the readout.
  private static func expected(_ phi: Pair, hidden: Int, gain: Double, biases: Bool) -> (nngp: [Double], ntk: [Double])
  {
    let m = examples
    let rows = (0..<m).map { data[$0 * features..<($0 + 1) * features] }
    var k = (0..<m * m).map { (i: Int) -> Double in
      let products = zip(rows[i / m], rows[i % m]).map { $0 * $1 }
      return products.reduce(0, +) / Double(features)
    }
    for i in k.indices { k[i] *= gain * gain }
    var t = k.map { $0 + (biases ? 1 : 0) }
    for layer in 1...hidden {
      let variance = layer == hidden ? 1 : gain * gain
      var (next, slopes) = (k, t)
      for i in k.indices {
        let (p, q) = (k[i / m * (m + 1)], k[i % m * (m + 1)])
        next[i] = variance * phi.value(p, q, k[i])
        slopes[i] = variance * phi.slope(p, q, k[i])
      }
      for i in t.indices { t[i] = next[i] + slopes[i] * t[i] + (biases ? 1 : 0) }
      k = next
    }
    return (k, t)
  }

  /// Isserlis' theorem for u^2 v^2; its slope is 2 u.
  @Test(arguments: [1, 2]) func square(_ hidden: Int) throws {
    try compare(.square, Pair(value: { p, q, k in p * q + 2 * k * k }, slope: { _, _, k in 4 * k }), hidden, 0.5, false)
  }

  private static func input(_ name: String = "x") -> LimitInput { LimitInput(name, examples: examples, values: data) }

  @Test(arguments: [1, 3], [false, true]) func relu(_ hidden: Int, _ biases: Bool) throws {
    try compare(.relu, .relu, hidden, 2.0.squareRoot(), biases)
  }

  @Test(arguments: [1, 3], [false, true]) func erf(_ hidden: Int, _ biases: Bool) throws {
    try compare(.erf, .erf, hidden, 1.5, biases)
  }

  private func compare(_ phi: Nonlinearity, _ pair: Pair, _ hidden: Int, _ gain: Double, _ biases: Bool) throws {
    let network = try InfiniteNetwork(Self.perceptron(phi, hidden: hidden, gain: gain, biases: biases))
    #expect(network.output == "readout.out")
    let found = try network.kernels(on: [Self.input()])
    let expected = Self.expected(pair, hidden: hidden, gain: gain, biases: biases)
    let ntk = try #require(found.ntk)
    #expect(found.rows == Self.examples)
    // Of the recursion itself acos near 1 keeps half the digits: ReLU's diagonals come to 1e-7 of one another there.
    for i in expected.nngp.indices {
      let isDiagonal = i % (Self.examples + 1) == 0
      let bar = phi == .relu && isDiagonal ? 1e-7 : 1e-11
      #expect(abs(found.nngp[i] - expected.nngp[i]) <= bar * abs(expected.nngp[i]), "nngp \(i)")
      #expect(abs(ntk[i] - expected.ntk[i]) <= bar * abs(expected.ntk[i]), "ntk \(i)")
    }
  }

  /// On the diagonal ReLU's kernels are known without any angle: with gain sqrt 2 the variance stays, and each slope is
  /// 1/2. With 1 as the readout's gain NNGP is |x|^2 / d, and NTK as much from each of the L + 1 weights.
  @Test func diagonal() throws {
    for hidden in [1, 2, 5] {
      let program = try Self.perceptron(.relu, hidden: hidden, gain: 2.0.squareRoot())
      let found = try InfiniteNetwork(program).kernels(on: [Self.input()])
      let ntk = try #require(found.ntk)
      for e in 0..<Self.examples {
        let square = Self.data[e * Self.features..<(e + 1) * Self.features].reduce(0) { $0 + $1 * $1 }
        let variance = square / Double(Self.features)
        let i = e * (Self.examples + 1)
        #expect(abs(found.nngp[i] / variance - 1) < 1e-13)
        #expect(abs(ntk[i] / (variance * Double(hidden + 1)) - 1) < 1e-13)
      }
    }
  }

  /// Blocks, threads and the order of examples change nothing.
  @Test func parts() throws {
    let network = try InfiniteNetwork(Self.perceptron(.erf, hidden: 2, gain: 1))
    let count = 300
    let values = (0..<count * Self.features).map { sin(Double($0) * 1.3) }
    let one = try network.kernels(on: [LimitInput("x", examples: count, values: values)])
    let two = try network.kernels(on: [LimitInput("x", examples: count, values: values)], threads: 2)
    #expect(one.nngp == two.nngp && one.ntk == two.ntk)
    let few = try network.kernels(
      on: [LimitInput("x", examples: 1, values: Array(values[290 * Self.features..<291 * Self.features]))])
    #expect(abs(few.nngp[0] / one.nngp[290 * count + 290] - 1) < 1e-13)
  }

  @Test func matrixFiles() throws {
    let matrix = [1, 0.1, 0.1, 1.0 / 3]
    #expect(
      String(decoding: MatrixForm.csv.data(matrix, rows: 2), as: UTF8.self) == "1.0,0.1\n0.1,0.3333333333333333\n")
    let data = MatrixForm.npy.data(matrix, rows: 2)
    #expect(data.count == 128 + 32 && data[8] == 118 && data[127] == 10)
    let last = data.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    #expect(Double(bitPattern: last) == 1.0 / 3)
    #expect(MatrixForm(path: "K.NPY") == .npy && MatrixForm(path: "K.txt") == nil)
  }

  @Test func errors() throws {
    let network = try InfiniteNetwork(Self.perceptron(.relu, hidden: 1, gain: 1))
    #expect(throws: LimitError.data(input: "x", reason: "is not given")) { try network.kernels(on: []) }
    #expect(throws: LimitError.data(input: "x", reason: "5 numbers are not 1 x 6")) {
      try network.kernels(on: [LimitInput("x", examples: 1, values: [1, 2, 3, 4, 5])])
    }
    // The second product is of what is not Gaussian.
    let n = Dimension("model", growing: .n)
    let batch = Dimension("batch", 2)
    let product = try Program("product") { p in
      let x = p.input("x", [batch, Dimension("features", 3)])
      let gated = Dense("a", to: n)(x) * Dense("b", to: n)(x)
      let f = Dense("readout", to: Dimension("outputs", 1))(map(.tanh, gated))
      p.minimize(meanSquaredError(f, p.input("y", [batch, Dimension("outputs", 1)])))
    }
    #expect(throws: LimitError.self) { try InfiniteNetwork(product) }
  }
}

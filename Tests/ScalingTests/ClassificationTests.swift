import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing

/// The formulas of Tensor Programs IV (2011.14522), for SGD with one global rate exponent c: the answers to test
/// against.
private struct Published {
  var a: [Rational]
  var b: [Rational]
  var c: Rational
  var hidden: Int { a.count - 1 }

  var r: Rational {
    let layers = (0..<hidden).map { 2 * a[$0] + ($0 == 0 ? 1 : 0) }.min() ?? 0
    return min(a[hidden] + b[hidden], 2 * a[hidden] + c) + c - 1 + layers
  }
  var isStable: Bool {
    let o = hidden
    return a[0] + b[0] == 0 && (1..<o).allSatisfy { a[$0] + b[$0] == .half } && a[o] + b[o] >= .half && r >= 0
      && 2 * a[o] + c >= 1 && a[o] + b[o] + r >= 1
  }
  var isNontrivial: Bool { 2 * a[hidden] + c == 1 || a[hidden] + b[hidden] + r == 1 }
}

@Suite struct ClassificationTests {
  static func mlp(hidden: Int) throws -> Program {
    try Architecture(named: "mlp").program(["depth": "\(hidden)"])
  }

  static func parametrization(_ program: Program, _ a: [Rational], _ b: [Rational], _ c: Rational) -> Parametrization {
    var result = Parametrization.standard(program)
    for k in result.weights.indices { result.weights[k].exponents = Exponents(a: a[k], b: b[k], c: c) }
    return result
  }

  /// Random exponents, half of them moved to where stability can hold; thousands of cases, unstable ones included.
  @Test(arguments: 1...5) func tensorProgramsIV(hidden: Int) throws {
    var generator = SplitMix(seed: UInt64(hidden))
    let program = try Self.mlp(hidden: hidden)
    var stable = 0
    for _ in 0..<600 {
      func quarter(_ range: ClosedRange<Int>) -> Rational { Rational(Int.random(in: range, using: &generator), 4) }
      var a = (0...hidden).map { _ in quarter(-4...4) }
      var b = (0...hidden).map { _ in quarter(-4...6) }
      var c = quarter(-4...6)
      if Int.random(in: 0..<10, using: &generator) < 8 {
        for k in 0..<hidden { b[k] = (k == 0 ? 0 : .half) - a[k] }
        b[hidden] = Rational.half + quarter(0...4) - a[hidden]
        if Bool.random(using: &generator) {
          // Onto the border where the change of features is exactly 1, or the readout's exactly so.
          let wanted = Published(a: a, b: b, c: c)
          c = c - (Bool.random(using: &generator) ? wanted.r : 2 * a[hidden] + c - 1)
          a[hidden] = max(a[hidden], (1 - c) / 2)
          b[hidden] = max(b[hidden], .half - a[hidden])
        }
      }
      let expected = Published(a: a, b: b, c: c)
      let found = try program.classify(Self.parametrization(program, a, b, c), optimizer: .sgd)
      let what: Comment = "a \(a) b \(b) c \(c): \(found)"
      #expect(found.isStable == expected.isStable, what)
      guard expected.isStable else { continue }
      stable += 1
      #expect(found.r == expected.r, what)
      #expect(found.isNontrivial == expected.isNontrivial, what)
      #expect((found.regime == .featureLearning) == (expected.r == 0 && expected.isNontrivial), what)
    }
    #expect(stable > 60, "too few stable cases to mean much: \(stable)")
  }

  @Test func namedParametrizations() throws {
    let program = try Self.mlp(hidden: 3)
    // Standard with rate 1/n, NTK, mean field (one hidden layer), maximal update (TP IV, table 1).
    let standard = try program.classify(
      Self.parametrization(program, [0, 0, 0, 0], [0, .half, .half, .half], 1), optimizer: .sgd)
    #expect(standard.regime == .kernel && standard.r == .half)
    let tangent = Parametrization.neuralTangent(program)
    let exponents = Self.parametrization(program, [0, .half, .half, .half], [0, 0, 0, 0], 0).weights.map(\.exponents)
    #expect(tangent.weights.map(\.exponents) == exponents)
    let ntk = try program.classify(tangent, optimizer: .sgd)
    #expect(ntk.regime == .kernel && ntk.r == .half)
    let mup = try program.classify(
      Self.parametrization(
        program, [Rational(-1, 2), 0, 0, .half], [.half, .half, .half, .half], 0), optimizer: .sgd)
    #expect(mup.regime == .featureLearning && mup.r == 0)
    let diverging = try program.classify(.standard(program), optimizer: .sgd)
    guard case .blowsUp(let value, _, let step, let exponent)? = diverging.failure else {
      Issue.record("standard with a constant rate is unstable")
      return
    }
    #expect((value, step) == ("layers.1.out", 1) && exponent > 0)
  }
}

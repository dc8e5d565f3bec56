import Foundation
import Tensors
import Testing

@Suite struct UnaryFunctionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var function: UnaryFunction
    var range: ClosedRange<Double>
    var derivative: UnaryFunction?
    /// The derivative is given as a function of the result.
    var ofResult = false
    var reference: @Sendable (Double) -> Double
    var testDescription: String { function.name }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
  private static func phi(_ x: Double) -> Double { Foundation.erfc(-x / 2.0.squareRoot()) / 2 }

  static let cases: [Case] = [
    Case(function: .relu, range: -3...3, derivative: .step) { max($0, 0) },
    Case(function: .leakyReLU(0.1), range: -3...3, derivative: .leakyReLUDerivative(0.1)) { $0 > 0 ? $0 : 0.1 * $0 },
    Case(function: .absoluteValue, range: -3...3, derivative: .sign) { abs($0) },
    Case(function: .tanh, range: -12...12) { Foundation.tanh($0) },
    Case(function: .tanh, range: -3...3, derivative: .tanhDerivativeOfResult, ofResult: true) { Foundation.tanh($0) },
    Case(function: .sigmoid, range: -30...30, derivative: .sigmoidDerivative) { sigmoid($0) },
    Case(function: .sigmoid, range: -3...3, derivative: .sigmoidDerivativeOfResult, ofResult: true) { sigmoid($0) },
    Case(function: .softplus, range: -30...30, derivative: .sigmoid) {
      $0 > 0 ? $0 + log1p(Foundation.exp(-$0)) : log1p(Foundation.exp($0))
    },
    Case(function: .elu, range: -30...30, derivative: .eluDerivative) { $0 > 0 ? $0 : expm1($0) },
    Case(function: .silu, range: -20...20, derivative: .siluDerivative) { $0 * sigmoid($0) },
    Case(function: .erf, range: -6...6, derivative: .erfDerivative) { Foundation.erf($0) },
    Case(function: .gelu, range: -8...8, derivative: .geluDerivative) { $0 * phi($0) },
    Case(function: .geluTanh, range: -4...4, derivative: .geluTanhDerivative) {
      $0 * sigmoid(2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))
    },
    Case(function: .exp, range: -80...80, derivative: .exp) { Foundation.exp($0) },
    Case(function: .log, range: 0.001...1000, derivative: .reciprocal) { Foundation.log($0) },
    Case(function: .sine, range: -300...300, derivative: .cosine) { sin($0) },
    Case(function: .sine, range: -3e5...3e5) { sin($0) },
    Case(function: .cosine, range: -300...300, derivative: .sineNegative) { cos($0) },
    Case(function: .square, range: -5...5, derivative: .squareDerivative) { $0 * $0 },
    Case(function: .sqrt, range: 0.01...100, derivative: .sqrtDerivativeOfResult, ofResult: true) { $0.squareRoot() },
    Case(function: .reciprocal, range: 0.1...10, derivative: .reciprocalDerivativeOfResult, ofResult: true) { 1 / $0 },
    Case(function: .reciprocalSqrt, range: 0.1...10) { 1 / $0.squareRoot() },
    Case(function: .power(3), range: -5...5) { $0 * $0 * $0 },
    Case(function: .power(-2.5), range: 0.1...5) { pow($0, -2.5) },
    Case(function: .power(0.3), range: 0.1...500) { pow($0, 0.3) },
    Case(function: .power(-7), range: 0.1...5) { pow($0, -7) },
  ]

  @Test(arguments: cases)
  func values(_ test: Case) {
    var random = Random(1)
    // A length with a remainder at every width of vectors.
    let x = (0..<1003).map { _ in Double.random(in: test.range, using: &random) }
    let double = TensorBuffer<Double>(count: x.count)
    let float = TensorBuffer<Float>(count: x.count)
    for (i, x) in x.enumerated() { (double[i], float[i]) = (x, Float(x)) }
    let rounded = (0..<x.count).map { Double(float[$0]) }
    test.function.apply(double.pointer, double.pointer, count: x.count)
    test.function.apply(float.pointer, float.pointer, count: x.count)
    for i in x.indices {
      let expected = test.reference(x[i])
      let expectedFloat = test.reference(rounded[i])
      // Relative, but for the neighbourhood of zeros of trigonometric functions.
      let floor = test.function.name == "sine" || test.function.name == "cosine" ? 0.1 : 1e-30
      #expect(abs(double[i] - expected) <= 1e-13 * max(abs(expected), floor), "\(x[i])")
      #expect(abs(Double(float[i]) - expectedFloat) <= 2e-6 * max(abs(expectedFloat), floor), "\(rounded[i])")
    }
  }

  /// Powers and 1/sqrt, which no program differentiates, and a sine that is there twice.
  @Test func fewHaveNoDerivative() { #expect(Self.cases.count { $0.derivative == nil } == 7) }

  @Test(arguments: cases.filter { $0.derivative != nil })
  func derivatives(_ test: Case) throws {
    let derivative = try #require(test.derivative)
    var random = Random(2)
    let limits = max(test.range.lowerBound, -5)...min(test.range.upperBound, 5)
    for _ in 0..<200 {
      let x = Double.random(in: limits, using: &random)
      let h = 1e-5 * max(0.01, min(1, abs(x)))
      if abs(x) < 2 * h { continue }
      let slope = (test.reference(x + h) - test.reference(x - h)) / (2 * h)
      let value = derivative(test.ofResult ? test.function(x) : x)
      #expect(abs(value - slope) < 1e-6 * max(1, abs(slope)), "\(test.function) at \(x)")
    }
  }

  @Test func specialValues() {
    #expect(UnaryFunction.exp(-.infinity) == 0 && UnaryFunction.exp(.infinity) == .infinity)
    #expect(UnaryFunction.log(0) == -.infinity && UnaryFunction.log(-1).isNaN)
    #expect(UnaryFunction.tanh(-.infinity) == -1 && UnaryFunction.erf(.infinity) == 1)
    for function in Self.cases.map(\.function) where !["step", "leakyReLU(0.1)"].contains(function.name) {
      #expect(function(.nan).isNaN, "\(function)")
    }
    #expect(UnaryFunction(name: "cube") { $0 * $0 * $0 }(2) == 8)
  }
}

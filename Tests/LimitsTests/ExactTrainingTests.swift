import Exact
import Gallery
import TensorPrograms
import Testing

@testable import Limits

/// Training at infinite width in rational numbers.
@Suite struct ExactTrainingTests {
  /// f = v' W_L ... W_1 u x / n, all matrices trained, mean squared error.
  static func linear(hidden layers: Int, activation: Nonlinearity? = nil) throws -> Program {
    let (batch, n) = (Dimension("batch", 1), Dimension("model", growing: .n))
    return try Program("linear") { p in
      var x = p.input("x", [batch, Dimension("features", 1)])
      for layer in 0..<layers {
        x = Dense("layers.\(layer)", to: n)(x)
        if let activation { x = map(activation, x) }
      }
      let f = Dense("readout", to: Dimension("outputs", 1))(x)
      p.minimize(meanSquaredError(f, p.input("y", [batch, Dimension("outputs", 1)])))
    }
  }

  private static func outputs(_ program: Program, steps: Int, x: Rational = 1, y: Rational = 1) throws -> [Rational] {
    try ExactTraining(program, optimizer: .sgd, rate: Rational(1, 10))
      .outputs(on: ["x": [x], "y": [y]], steps: steps).map { $0[0] }
  }

  /// Two mutually independent Gaussian entries u and v of a neuron: each step changes both by rate x error x the other.
  @Test func oneHiddenLayer() throws {
    let found = try Self.outputs(Self.linear(hidden: 1), steps: 3)
    #expect(found == [0, Rational(1, 5), Rational(1134, 3125), Rational(1_519_630_389_729, 3_051_757_812_500)])
  }

  /// The same by its recursion: u and v of a neuron stay combinations of what they were, and Q = E[u^2] = E[v^2],
  /// f = E[u v].
  @Test func oneHiddenLayerByRecursion() throws {
    let found = try Self.outputs(Self.linear(hidden: 1), steps: 6, x: Rational(3, 2), y: Rational(-2, 5))
    var (a, b, c, d): (Rational, Rational, Rational, Rational) = (1, 0, 0, 1)
    let (x, y, rate) = (Rational(3, 2), Rational(-2, 5), Rational(1, 10))
    for f in found {
      // u = a u_0 + b v_0, v = c u_0 + d v_0.
      let expected = x * (a * c + b * d)
      #expect(f == expected)
      let step = rate * (y - expected) * x
      (a, b, c, d) = (a + step * c, b + step * d, c + step * a, d + step * b)
    }
  }

  @Test func twoHiddenLayers() throws {
    let found = try Self.outputs(Self.linear(hidden: 2), steps: 2)
    #expect(found == [0, Rational(3, 10), Rational(52_436_687, 100_000_000)])
  }

  /// x^2 after one hidden layer: u_0 and v_0 standard normal, f = E[v u^2], so after one step
  /// E[(v + e u^2) (u + 2 e u v)^2] = e (E u^4 + 4 E u^2 v^2) + 4 e^3 E u^4 v^2, e the rate.
  @Test func squares() throws {
    let found = try Self.outputs(Self.linear(hidden: 1, activation: .square), steps: 1)
    #expect(found == [0, Rational(7, 10) + Rational(12, 1000)])
  }

  @Test func whatIsNoPolynomialIsRefused() throws {
    #expect(throws: LimitError.self) { try Self.outputs(Self.linear(hidden: 1, activation: .tanh), steps: 1) }
  }

  @Test func dataAreChecked() throws {
    let run = try ExactTraining(Self.linear(hidden: 1), optimizer: .sgd, rate: Rational(1, 10))
    #expect(throws: LimitError.data(input: "y", reason: "is not given")) {
      try run.outputs(on: ["x": [1]], steps: 1)
    }
    #expect(throws: LimitError.data(input: "x", reason: "takes 1 numbers, not 2")) {
      try run.outputs(on: ["x": [1, 2], "y": [1]], steps: 1)
    }
    #expect(throws: ProgramError.self) { try run.outputs(of: "nothing", on: ["x": [1], "y": [1]], steps: 1) }
  }
}

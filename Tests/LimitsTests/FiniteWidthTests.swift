import Foundation
import Gallery
import TensorPrograms
import TestSupport
import Testing
import Training

@testable import Limits

/// Kernels beside finite networks that are drawn and differentiated by the trainer: nothing of the limit's reading is used there.
@Suite struct FiniteWidthTests {
  static let outputs = 16, examples = 3
  static let width = Nightly.choose(daily: 64, nightly: 128), seeds = Nightly.choose(daily: 48, nightly: 120)

  /// A network whose loss is the mean of its outputs, one example a batch.
  static func program(_ name: String) throws -> Program {
    let (batch, n, out) = (Dimension("batch", 1), Dimension("model", growing: .n), Dimension("outputs", outputs))
    return try Program(name) { p in
      var x: Value
      switch name {
      case "perceptron":
        x = p.input("x", [batch, Dimension("features", 8)])
        for layer in 0..<2 { x = map(.tanh, Dense("layers.\(layer)", to: n, bias: true, gain: 1.5)(x)) }
      case "residual":
        x = Dense("in", to: n)(p.input("x", [batch, Dimension("features", 8)]))
        x = x + Dense("down", to: n)(map(.gelu, Dense("up", to: Dimension("hidden", growing: 2 * .n))(rmsNorm(x))))
      default:
        let (rows, columns) = (Dimension("rows", 4), Dimension("columns", 4))
        x = p.input("x", [batch, rows, columns, Dimension("colors", 1)])
        for layer in 0..<2 {
          x = map(.relu, Convolution("conv\(layer)", to: [n], gain: 2.0.squareRoot())(x))
        }
        x = mean(x, over: [Axis(rows), Axis(columns)])
      }
      p.minimize(mean(Dense("readout", to: out)(x)))
    }
  }

  @Test(arguments: ["perceptron", "residual", "convolution"]) func agrees(_ name: String) throws {
    let program = try Self.program(name)
    let entries = name == "convolution" ? 16 : 8
    let data = (0..<Self.examples).map { (e: Int) -> [Double] in
      (0..<entries).map { (i: Int) -> Double in 0.3 + sin(Double((5 * e + 1) * (i + 1))) }
    }
    let limit = try InfiniteNetwork(program).kernels(
      on: [LimitInput("x", examples: Self.examples, values: Array(data.joined()))])
    let whole = try program.withGradient()
    let output = try #require(whole.value(named: "readout.out"))
    let numbers = try Hyperparameters(standard: whole, width: Self.width, learningRate: 0)
    let trainer = try Trainer<Double>(whole, width: Self.width, numbers: numbers, seed: 1)
    let count = Self.examples * Self.examples
    let none = [Double](repeating: 0, count: count)
    var (sums, squares) = ([none, none], [none, none])
    for seed in 1...Self.seeds {
      try trainer.restart(seed: UInt64(seed))
      var values = [[Double]](repeating: [], count: Self.examples)
      var gradients = [[ValueID: [Double]]](repeating: [:], count: Self.examples)
      for e in 0..<Self.examples {
        try trainer.compute([output] + whole.gradients.map(\.value), on: Batch(values: ["x": data[e]])) { id, found in
          if id == output { values[e] = Array(found) } else { gradients[e][id] = Array(found) }
        }
      }
      for i in 0..<count {
        let (a, b) = (i / Self.examples, i % Self.examples)
        var found = [Self.product(values[a], values[b]) / Double(Self.outputs), 0]
        for gradient in whole.gradients {
          let (g, h) = (try #require(gradients[a][gradient.value]), try #require(gradients[b][gradient.value]))
          var factor = Double(Self.outputs)
          if case .gaussian(let deviation) = whole[gradient.weight].role.initializer {
            factor *= try deviation.value(at: Self.width) * deviation.value(at: Self.width)
          }
          found[1] += factor * Self.product(g, h)
        }
        for k in 0..<2 {
          sums[k][i] += found[k]
          squares[k][i] += found[k] * found[k]
        }
      }
    }
    for (k, matrix) in [limit.nngp, try #require(limit.ntk)].enumerated() {
      let word = k == 0 ? "NNGP" : "NTK"
      var worst = 0.0
      for i in 0..<count {
        let samples = Double(Self.seeds)
        let mean = sums[k][i] / samples
        let variance: Double = max(0, squares[k][i] / samples - mean * mean)
        let error: Double = (variance / (samples - 1)).squareRoot()
        let diagonal = Self.examples + 1
        let scale: Double = (matrix[i / Self.examples * diagonal] * matrix[i % Self.examples * diagonal]).squareRoot()
        // Five standard errors, and what a finite width differs by: of order 1/n.
        let bar: Double = 5 * error + 4 * scale / Double(Self.width)
        #expect(
          abs(mean - matrix[i]) < bar, "\(name), \(word) \(i): \(mean) +- \(error), at infinite width \(matrix[i])")
        #expect(error < 0.1 * scale, "\(name), \(word) \(i): too uncertain")
        worst = max(worst, abs(mean - matrix[i]) / scale)
      }
      print("\(name), \(word): width \(Self.width), \(Self.seeds) draws, differs by at most \(worst) of the diagonal")
    }
  }

  private static func product(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0.0) { (sum: Double, pair) in sum + pair.0 * pair.1 }
  }
}

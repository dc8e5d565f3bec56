import Foundation
import TensorPrograms
import Testing
import Training

/// Each optimizer beside its formula, written out by hand.
@Suite struct OptimizerTests {
  private let batch = Batch(values: ["x": [1, 2, -1, 0.5, 0.25, -2], "y": [1, 0, -1, 2, 3, 0.5]])
  private let rate = 0.05, decay = 0.01

  /// The weights after each of five steps, and the gradients that led there.
  private func run(_ optimizer: Optimizer) throws -> (weights: [[Double]], gradients: [[Double]]) {
    let program = try line(optimizer)
    let trainer = try Trainer<Double>(standard: program, width: 2, rate: rate, decay: decay, seed: 3)
    let gradient = try #require(program.gradients.first { program[$0.weight].name == "slope" })
    var weights = [try trainer.weight("slope")]
    var gradients: [[Double]] = []
    for _ in 0..<5 {
      _ = try trainer.step(batch, observing: [gradient.value]) { gradients.append(Array($1)) }
      weights.append(try trainer.weight("slope"))
    }
    return (weights, gradients)
  }

  /// `next` gives a weight's new value from the old one and all its gradients so far.
  private func expect(_ optimizer: Optimizer, _ next: (Double, [Double]) -> Double) throws {
    let (weights, gradients) = try run(optimizer)
    for t in 0..<5 {
      for i in weights[t].indices {
        let expected = next(weights[t][i], gradients[...t].map { $0[i] })
        #expect(abs(weights[t + 1][i] - expected) < 1e-13, "step \(t + 1), entry \(i)")
      }
    }
  }

  private func adam(_ g: [Double]) -> Double {
    var (m, v) = (0.0, 0.0)
    for x in g { (m, v) = (0.9 * m + 0.1 * x, 0.999 * v + 0.001 * x * x) }
    let t = Double(g.count)
    return m / (1 - pow(0.9, t)) / ((v / (1 - pow(0.999, t))).squareRoot() + 1e-8)
  }

  @Test func gradient() throws {
    let (weights, gradients) = try run(.sgd)
    let (x, y) = (batch.values["x"] ?? [], batch.values["y"] ?? [])
    for output in 0..<2 {
      for feature in 0..<2 {
        var expected = 0.0
        for i in 0..<3 {
          let prediction = x[2 * i] * weights[0][2 * output] + x[2 * i + 1] * weights[0][2 * output + 1]
          expected += (prediction - y[2 * i + output]) * x[2 * i + feature] / 6
        }
        #expect(abs(gradients[0][2 * output + feature] - expected) < 1e-14)
      }
    }
  }

  @Test func sgd() throws { try expect(.sgd) { w, g in w - rate * (g.last ?? 0) } }

  @Test func momentum() throws {
    try expect(.momentum(0.9)) { w, g in w - rate * g.reduce(0) { 0.9 * $0 + $1 } }
  }

  @Test func adam() throws { try expect(.adam()) { w, g in w - rate * adam(g) } }

  @Test func adamW() throws { try expect(.adamW()) { w, g in w - decay * w - rate * adam(g) } }

  @Test func statesCanBeRead() throws {
    let trainer = try Trainer<Double>(standard: line(.momentum(0.9)), width: 2)
    #expect(try trainer.weight("%slope/momentum") == [0, 0, 0, 0])
    _ = try trainer.step(batch)
    #expect(try trainer.weight("%slope/momentum").allSatisfy { $0 != 0 })
    try trainer.restart(seed: 1)
    #expect(try trainer.weight("%slope/momentum") == [0, 0, 0, 0])
  }
}

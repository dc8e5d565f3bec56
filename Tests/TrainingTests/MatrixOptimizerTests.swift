import Foundation
import Gallery
import TensorPrograms
import TestSupport
import Testing
import Training

/// Matrix optimizers beside their formulas, written out in plain Swift with a Jacobi eigensolver.
@Suite struct MatrixOptimizerTests {
  private static let examples = 7, inputs = 3, outputs = 5
  private let rate = 0.05

  /// A linear map from three features to five outputs, trained for three steps on one batch.
  private func run(_ optimizer: Optimizer) throws -> (weights: [Matrix], gradients: [Matrix], x: Matrix, y: Matrix) {
    let program = try Program("line") { p in
      let x = p.input("x", [Dimension("batch", Self.examples), Dimension("features", Self.inputs)])
      let y = Dense("slope", to: Dimension("outputs", growing: .n))(x)
      p.minimize(meanSquaredError(y, p.input("y", y.axes)))
    }.withStep(optimizer)
    let batch = try Batch(random: program, width: Self.outputs)
    let trainer = try Trainer<Double>(standard: program, width: Self.outputs, rate: rate, seed: 3)
    let id = try #require(program.gradients.first).value
    func matrix(_ entries: [Double], _ columns: Int) -> Matrix {
      Matrix(entries.count / columns, columns) { entries[$0 * columns + $1] }
    }
    var (weights, gradients) = ([matrix(try trainer.weight("slope"), Self.inputs)], [Matrix]())
    for _ in 0..<3 {
      _ = try trainer.step(batch, observing: [id]) { gradients.append(matrix(Array($1), Self.inputs)) }
      weights.append(matrix(try trainer.weight("slope"), Self.inputs))
    }
    return (
      weights, gradients, matrix(batch.values["x"] ?? [], Self.inputs), matrix(batch.values["y"] ?? [], Self.outputs)
    )
  }

  /// `direction` gives the step from all gradients so far, and the weights that they were taken at.
  private func expect(
    _ optimizer: Optimizer, within tolerance: Double = 1e-10,
    _ direction: (_ gradients: [Matrix], _ weights: [Matrix], _ x: Matrix, _ y: Matrix) -> Matrix
  ) throws {
    let (weights, gradients, x, y) = try run(optimizer)
    for t in 0..<3 {
      let expected = weights[t] + direction(Array(gradients[...t]), Array(weights[...t]), x, y).scaled(-rate)
      #expect((weights[t + 1] + expected.scaled(-1)).norm < tolerance * expected.norm, "step \(t + 1)")
    }
  }

  private func ahead(_ gradients: [Matrix]) -> Matrix {
    let momentum = gradients.reduce(Matrix(Self.outputs, Self.inputs) { _, _ in 0 }) {
      $0.scaled(0.95) + $1.scaled(0.05)
    }
    return momentum.scaled(0.95) + (gradients.last ?? momentum).scaled(0.05)
  }

  private func newtonSchulz(_ g: Matrix) -> Matrix {
    (0..<5).reduce(g.scaled(1 / (g.norm + 1e-7))) { x, _ in
      let a = x * x.transposed
      return x.scaled(3.4445) + (a.scaled(-4.7750) + (a * a).scaled(2.0315)) * x
    }
  }

  @Test func muon() throws {
    try expect(.muon) { g, _, _, _ in newtonSchulz(ahead(g)) }
    let ratio = Double(Self.outputs) / Double(Self.inputs)
    try expect(.muonSpectral) { g, _, _, _ in newtonSchulz(ahead(g)).scaled(ratio.squareRoot()) }
    try expect(.muonSpectralRatio) { g, _, _, _ in newtonSchulz(ahead(g)).scaled(ratio.squareRoot()) }
    try expect(.muonMoonlight) { g, _, _, _ in newtonSchulz(ahead(g)).scaled(0.2 * 5.0.squareRoot()) }
  }

  /// The step is nearly orthogonal. It has the singular vectors of the momentum g, and where that has the singular
  /// value s it has five times the polynomial of s / |g|: nothing else keeps it from the orthogonal factor of g.
  @Test func muonIsNearlyOrthogonal() throws {
    let (weights, gradients, _, _) = try run(.muon)
    for t in 0..<3 {
      let step = (weights[t + 1] + weights[t].scaled(-1)).scaled(-1 / rate)
      let values = (step.transposed * step).eigen.values.map { $0.squareRoot() }
      #expect(values.allSatisfy { (0.6...1.3).contains($0) }, "\(values)")
      let g = ahead(Array(gradients[...t]))
      let polar = g * (g.transposed * g).power(-0.5)
      let expected = (g.transposed * g).eigen.values.map { square in
        (0..<5).reduce(square.squareRoot() / (g.norm + 1e-7)) { s, _ in
          3.4445 * s - 4.7750 * s * s * s + 2.0315 * s * s * s * s * s
        }
      }
      for (found, wanted) in zip(values, expected.sorted(by: >)) { #expect(abs(found - wanted) < 1e-8) }
      let distance = expected.reduce(0) { $0 + ($1 - 1) * ($1 - 1) }.squareRoot()
      #expect(abs((step + polar.scaled(-1)).norm - distance) < 1e-8)
    }
  }

  /// Where the factor is a maximum it is taken at each width.
  @Test func maximumIsTrueAtEachWidth() throws {
    for (width, expected) in [(2, 1.0), (12, 2.0)] {
      let program = try Program("line") { p in
        let y = Dense("slope", to: Dimension("outputs", growing: .n))(p.input("x", .batch, Dimension("features", 3)))
        p.minimize(meanSquaredError(y, p.input("y", y.axes)))
      }
      let batch = try Batch(random: program, width: width)
      let steps = try [Optimizer.muon, .muonSpectral].map { optimizer in
        let trainer = try Trainer<Double>(standard: program.withStep(optimizer), width: width, rate: 1, seed: 1)
        let before = try trainer.weight("slope")
        _ = try trainer.step(batch)
        return zip(try trainer.weight("slope"), before).map { $0 - $1 }
      }
      for (plain, scaled) in zip(steps[0], steps[1]) { #expect(abs(scaled - expected * plain) < 1e-12) }
    }
  }

  /// Gains and biases are divided by their norm.
  @Test func muonOfVectors() throws {
    let program = try line(.muon)
    let trainer = try Trainer<Double>(standard: program, width: 4, rate: 1, seed: 3)
    let before = try trainer.weight("slope.bias")
    _ = try trainer.step(try Batch(random: program, width: 4))
    let step = zip(try trainer.weight("slope.bias"), before).map { $0 - $1 }
    #expect(abs(step.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }

  @Test func shampoo() throws {
    for (left, right) in [(0.25, 0.25), (0.5, 0.5)] {
      try expect(left == 0.25 ? .shampoo : .shampooHalf, within: 1e-6) { g, _, _, _ in
        let l = g.map { $0 * $0.transposed }.reduce(Matrix(5, 5) { _, _ in 0 }, +)
        let r = g.map { $0.transposed * $0 }.reduce(Matrix(3, 3) { _, _ in 0 }, +)
        return l.power(-left, 1e-6) * (g.last ?? l) * r.power(-right, 1e-6)
      }
    }
  }

  @Test func kroneckerFactors() throws {
    try expect(.kfac, within: 1e-9) { g, weights, x, y in
      var (s, a) = (Matrix(5, 5) { _, _ in 0 }, Matrix(3, 3) { _, _ in 0 })
      for w in weights {
        // Half the mean of squares over examples and outputs.
        let error = (x * w.transposed + y.scaled(-1)).scaled(1 / Double(Self.outputs))
        s = s.scaled(0.95) + (error.transposed * error).scaled(0.05 / Double(Self.examples))
        a = a.scaled(0.95) + (x.transposed * x).scaled(0.05 / Double(Self.examples))
      }
      let unbiased = 1 / (1 - pow(0.95, Double(weights.count)))
      return s.scaled(unbiased).power(-1, 1e-2) * (g.last ?? s) * a.scaled(unbiased).power(-1, 1e-2)
    }
  }

  @Test func soap() throws {
    let (weights, gradients, _, _) = try run(.soap)
    var (l, r) = (Matrix(5, 5) { _, _ in 0 }, Matrix(3, 3) { _, _ in 0 })
    var mean = Matrix(5, 3) { _, _ in 0 }
    var square = Matrix(3, 3) { _, _ in 0 }
    for (t, g) in gradients.enumerated() {
      mean = mean.scaled(0.95) + g.scaled(0.05)
      // Of five rows the gradients span three.
      let (u, v) = t == 0 ? (l.leading(3), r) : (l.eigen.vectors.leading(3), r.eigen.vectors.leading(3))
      let seen = u.transposed * g * v
      square = square.scaled(0.95) + Matrix(3, 3) { seen[$0, $1] * seen[$0, $1] }.scaled(0.05)
      let unbiased = 1 / (1 - pow(0.95, Double(t + 1)))
      let m = (u.transposed * mean * v).scaled(unbiased)
      let step = Matrix(3, 3) { m[$0, $1] / ((square[$0, $1] * unbiased).squareRoot() + 1e-8) }
      let expected = weights[t] + (u * step * v.transposed).scaled(-rate)
      #expect((weights[t + 1] + expected.scaled(-1)).norm < 1e-6 * expected.norm, "step \(t + 1)")
      l = l.scaled(0.95) + (g * g.transposed).scaled(0.05)
      r = r.scaled(0.95) + (g.transposed * g).scaled(0.05)
    }
    #expect(weights[1].entries == weights[0].entries && weights[2].entries != weights[1].entries)
  }

  /// Weights of many axes, gains, biases, tables: every matrix optimizer moves each of them, and nothing overflows.
  @Test(arguments: [Optimizer.muon, .muonWithAdamW, .shampoo, .soap, .kfac])
  func everyWeightMoves(_ optimizer: Optimizer) throws {
    for architecture in [Architecture.mlp, .gpt, .resnet] {
      let program = try architecture.small().withStep(optimizer)
      let trainer = try Trainer<Float>(standard: program, width: 16, rate: 1e-3)
      let batch = try Batch(random: program, width: 16)
      let names = program.weights.map { program[$0.id].name }
      let before = try names.map { try trainer.weight($0) }
      for _ in 0..<2 { #expect(try trainer.step(batch).isFinite) }
      for (name, old) in zip(names, before) {
        let new = try trainer.weight(name)
        #expect(new != old && new.allSatisfy { $0.isFinite }, "\(architecture.name) \(name)")
      }
    }
  }
}

/// A small matrix with slow, obvious operations.
private struct Matrix {
  let rows: Int, columns: Int
  var entries: [Double]

  init(_ rows: Int, _ columns: Int, _ entry: (Int, Int) -> Double) {
    (self.rows, self.columns) = (rows, columns)
    entries = (0..<rows * columns).map { entry($0 / columns, $0 % columns) }
  }

  subscript(i: Int, j: Int) -> Double {
    get { entries[i * columns + j] }
    set { entries[i * columns + j] = newValue }
  }

  var transposed: Matrix { Matrix(columns, rows) { self[$1, $0] } }
  var norm: Double { entries.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  func scaled(_ factor: Double) -> Matrix { Matrix(rows, columns) { factor * self[$0, $1] } }
  func leading(_ count: Int) -> Matrix { Matrix(rows, count) { self[$0, $1] } }
  static func + (a: Matrix, b: Matrix) -> Matrix { Matrix(a.rows, a.columns) { a[$0, $1] + b[$0, $1] } }
  static func * (a: Matrix, b: Matrix) -> Matrix {
    Matrix(a.rows, b.columns) { i, j in (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] } }
  }

  /// Eigenvalues, largest first, and eigenvectors as columns: Jacobi's rotations.
  var eigen: (values: [Double], vectors: Matrix) {
    var (a, v) = (self, Matrix(rows, rows) { $0 == $1 ? 1 : 0 })
    for _ in 0..<60 {
      for p in 0..<rows {
        for q in p + 1..<max(rows, p + 1) where abs(a[p, q]) > 1e-300 {
          let angle = 0.5 * atan2(2 * a[p, q], a[q, q] - a[p, p])
          let (c, s) = (cos(angle), sin(angle))
          let turn = Matrix(rows, rows) { i, j in
            i == j ? (i == p || i == q ? c : 1) : i == p && j == q ? s : i == q && j == p ? -s : 0
          }
          a = turn.transposed * a * turn
          v = v * turn
        }
      }
    }
    let order = (0..<rows).sorted { a[$0, $0] > a[$1, $1] }
    return (order.map { max(a[$0, $0], 0) }, Matrix(rows, rows) { v[$0, order[$1]] })
  }

  /// `(A + epsilon lambda_max)^p`.
  func power(_ p: Double, _ epsilon: Double = 0) -> Matrix {
    let (values, vectors) = eigen
    let diagonal = Matrix(rows, rows) { $0 == $1 ? pow(values[$0] + epsilon * values[0], p) : 0 }
    return vectors * diagonal * vectors.transposed
  }
}

import Foundation
import Gallery
import TensorPrograms
import TestSupport
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

  /// `next` gives the whole weight from its values and gradients so far, and the norms of all gradients together.
  private func expectTensor(_ optimizer: Optimizer, _ next: ([[Double]], [[Double]], [Double]) -> [Double]) throws {
    let program = try line(optimizer)
    let trainer = try Trainer<Double>(standard: program, width: 2, rate: rate, decay: decay, seed: 3)
    let slope = try #require(program.gradients.first { program[$0.weight].name == "slope" }?.value)
    var weights = [try trainer.weight("slope")]
    var (gradients, norms): ([[Double]], [Double]) = ([], [])
    for t in 0..<5 {
      var squares = 0.0
      _ = try trainer.step(batch, observing: program.gradients.map(\.value)) { id, entries in
        if id == slope { gradients.append(Array(entries)) }
        squares += entries.reduce(0) { $0 + $1 * $1 }
      }
      norms.append(squares.squareRoot())
      let expected = next(weights, gradients, norms)
      weights.append(try trainer.weight("slope"))
      for (a, b) in zip(weights[t + 1], expected) { #expect(abs(a - b) < 1e-12, "step \(t + 1)") }
    }
  }

  private func size(_ x: [Double]) -> Double { (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot() }

  /// The history of one entry.
  private func history(_ g: [[Double]], _ entry: Int) -> [Double] { g.map { $0[entry] } }

  @Test func sgd() throws { try expect(.sgd) { w, g in w - rate * (g.last ?? 0) } }

  @Test func momentum() throws {
    try expect(.momentum(0.9)) { w, g in w - rate * g.reduce(0) { 0.9 * $0 + $1 } }
  }

  @Test func nesterov() throws {
    try expect(.nesterov(0.9)) { w, g in w - rate * ((g.last ?? 0) + 0.9 * g.reduce(0) { 0.9 * $0 + $1 }) }
  }

  @Test func signSGD() throws { try expect(.signSGD) { w, g in w - ((g.last ?? 0) > 0 ? rate : -rate) } }

  @Test func lion() throws {
    try expect(.lion()) { w, g in
      let old = g.dropLast().reduce(0) { 0.99 * $0 + 0.01 * $1 }
      return w - rate * ((0.9 * old + 0.1 * (g.last ?? 0) > 0 ? 1 : -1) + decay * w)
    }
  }

  @Test func adagrad() throws {
    try expect(.adagrad()) { w, g in w - rate * (g.last ?? 0) / (g.reduce(0) { $0 + $1 * $1 }.squareRoot() + 1e-10) }
  }

  @Test func rmsProp() throws {
    try expect(.rmsProp()) { w, g in
      w - rate * (g.last ?? 0) / (g.reduce(0) { 0.99 * $0 + 0.01 * $1 * $1 }.squareRoot() + 1e-8)
    }
  }

  @Test func adam() throws { try expect(.adam()) { w, g in w - rate * adam(g) } }

  @Test func decays() throws {
    try expect(.adamW()) { w, g in w - rate * (adam(g) + decay * w) }
    try expect(.adamWIndependent()) { w, g in w - decay * w - rate * adam(g) }
    try expectTensor(.adamL2()) { w, g, _ in
      let penalized = zip(w, g).map { w, g in zip(w, g).map { $1 + decay * $0 } }
      return w[w.count - 1].indices.map { w[w.count - 1][$0] - rate * adam(history(penalized, $0)) }
    }
  }

  /// A schedule reaches the decay once, whichever form it has.
  @Test(arguments: [(Optimizer.adamW(), 0.05 * 0.01), (.adamWIndependent(), 0.01)])
  func schedules(_ optimizer: Optimizer, _ fraction: Double) throws {
    let trainer = try Trainer<Double>(standard: line(optimizer), width: 2, rate: rate, decay: decay, seed: 3)
    let before = try trainer.weight("slope")
    trainer.rateFactor = 0.5
    let gradient = try #require(trainer.program.gradients.first { trainer.program[$0.weight].name == "slope" }?.value)
    var g: [Double] = []
    _ = try trainer.step(batch, observing: [gradient]) { g = Array($1) }
    for (i, after) in try trainer.weight("slope").enumerated() {
      #expect(abs(after - (before[i] - 0.5 * (fraction * before[i] + rate * adam([g[i]])))) < 1e-14)
    }
  }

  @Test func adamax() throws {
    try expect(.adamax()) { w, g in
      var (m, u) = (0.0, 0.0)
      for x in g { (m, u) = (0.9 * m + 0.1 * x, max(0.999 * u, abs(x) + 1e-8)) }
      return w - rate / (1 - pow(0.9, Double(g.count))) * m / u
    }
  }

  @Test func nAdam() throws {
    try expect(.nAdam()) { w, g in
      var (m, v) = (0.0, 0.0)
      for x in g { (m, v) = (0.9 * m + 0.1 * x, 0.999 * v + 0.001 * x * x) }
      let t = Double(g.count)
      let ahead = 0.9 * m / (1 - pow(0.9, t + 1)) + 0.1 * (g.last ?? 0) / (1 - pow(0.9, t))
      return w - rate * ahead / ((v / (1 - pow(0.999, t))).squareRoot() + 1e-8)
    }
  }

  @Test func adamAtan2() throws {
    try expect(.adamAtan2()) { w, g in
      var (m, v) = (0.0, 0.0)
      for x in g { (m, v) = (0.9 * m + 0.1 * x, 0.999 * v + 0.001 * x * x) }
      let t = Double(g.count)
      return w - rate * 4 / .pi * atan2(m / (1 - pow(0.9, t)), (v / (1 - pow(0.999, t))).squareRoot())
    }
  }

  @Test func clipped() throws {
    try expectTensor(.sgdClipped(0.1)) { w, g, norms in
      zip(w[w.count - 1], g[g.count - 1]).map { $0 - rate * $1 * min(1, 0.1 / norms[norms.count - 1]) }
    }
    try expectTensor(.adamClipped(0.5)) { w, g, norms in
      let clipped = zip(g, norms).map { g, norm in g.map { $0 * min(1, 0.5 / norm) } }
      return w[w.count - 1].indices.map { w[w.count - 1][$0] - rate * adam(history(clipped, $0)) }
    }
  }

  /// Any optimizer can be given clipped gradients; where no norm comes near the threshold it does what it did.
  @Test(arguments: Optimizer.all) func clippedFromOutside(_ optimizer: Optimizer) throws {
    let plain = try run(optimizer).weights
    #expect(relativeDifference(plain, try run(optimizer.clipped(at: 1e6)).weights) < 1e-13)
    let twice = try run(optimizer.clipped(at: 1e6).clipped(at: 0.01)).weights
    #expect(try run(optimizer.clipped(at: 0.01).clipped(at: 1e6)).weights == twice)
    #expect(relativeDifference(twice, try run(optimizer.clipped(at: 0.01)).weights) < 1e-13)
  }

  @Test func clippedIsWhatTheStepIsMadeFrom() throws {
    #expect(try run(.sgdClipped(0.1)).weights == run(.sgd.clipped(at: 0.1)).weights)
    #expect(try run(.adamClipped(0.5)).weights == run(.adam().clipped(at: 0.5)).weights)
    #expect(try run(.sgdClipped(0.1)).weights == run(.sgdClipped(0.5).clipped(at: 0.1)).weights)
    // Of several optimizers all gradients together; of SAM those at the weights that are moved.
    let parts = Optimizer.perWeight("parts", first: .sgd) { $0.name == "slope" ? .sgd : .momentum() }
    for optimizer in [Optimizer.sgd, .sam(), .sam(around: .sgdClipped(0.3)), parts] {
      let program = try line(optimizer.clipped(at: 0.1))
      let trainer = try Trainer<Double>(standard: program, width: 2, rate: 1, seed: 3)
      let before = try trainer.weights(after: 0, on: batch)
      let moved = zip(before.joined(), try trainer.weights(after: 1, on: batch).joined()).map { $1 - $0 }
      let norm = size(moved) * Double(moved.count).squareRoot()
      #expect(abs(norm - 0.1) < 1e-12 || (optimizer.name == "parts" && norm < 0.1), "\(optimizer.name): \(norm)")
    }
  }

  @Test func stableAdamW() throws {
    try expectTensor(.stableAdamW()) { w, g, _ in
      let now = w[w.count - 1]
      let surprise = now.indices.map { i -> Double in
        let v = history(g, i).reduce(0) { 0.999 * $0 + 0.001 * $1 * $1 } / (1 - pow(0.999, Double(g.count)))
        return g[g.count - 1][i] / max(v, 1e-16).squareRoot()
      }
      return now.indices.map { i in
        now[i] - rate / max(1, size(surprise)) * (adam(history(g, i)) + decay * now[i])
      }
    }
  }

  @Test func lars() throws {
    var m = [0.0, 0, 0, 0]
    try expectTensor(.lars()) { w, g, _ in
      let (now, gradient) = (w[w.count - 1], g[g.count - 1])
      let trust = max(size(now), 1e-3) / (size(gradient) + decay * size(now) + 1e-12)
      m = m.indices.map { 0.9 * m[$0] + trust * (gradient[$0] + decay * now[$0]) }
      return m.indices.map { now[$0] - rate * m[$0] }
    }
  }

  @Test func lamb() throws {
    try expectTensor(.lamb(epsilon: 1e-8)) { w, g, _ in
      let now = w[w.count - 1]
      let direction = now.indices.map { adam(history(g, $0)) + decay * now[$0] }
      return now.indices.map { now[$0] - rate * max(size(now), 1e-3) / (size(direction) + 1e-12) * direction[$0] }
    }
  }

  /// The weight has two rows, the outputs, and two columns, the features.
  @Test(arguments: [true, false]) func adafactor(scaled: Bool) throws {
    var (rows, columns) = ([0.0, 0], [0.0, 0])
    try expectTensor(.adafactor(scaled: scaled)) { w, g, _ in
      let now = w[w.count - 1]
      let squares = g[g.count - 1].map { $0 * $0 + 1e-30 }
      let beta = 1 - pow(Double(g.count), -0.8)
      for k in 0..<2 {
        rows[k] = beta * rows[k] + (1 - beta) * (squares[2 * k] + squares[2 * k + 1]) / 2
        columns[k] = beta * columns[k] + (1 - beta) * (squares[k] + squares[k + 2]) / 2
      }
      let update = (0..<4).map { i in
        g[g.count - 1][i] / (rows[i / 2] * columns[i % 2] / ((rows[0] + rows[1]) / 2)).squareRoot()
      }
      let factor = (scaled ? max(1e-3, size(now)) : 1) / max(1, size(update))
      return (0..<4).map { now[$0] - rate * factor * update[$0] }
    }
  }

  @Test func sharpnessAware() throws {
    let trainer = try Trainer<Double>(standard: line(.sam(radius: 0.2)), width: 2, rate: rate, seed: 3)
    let (x, y) = (batch.values["x"] ?? [], batch.values["y"] ?? [])
    /// Of the mean squared error of `w x + b`.
    func gradient(_ w: [Double], _ b: [Double]) -> (w: [Double], b: [Double]) {
      var (dw, db) = ([0.0, 0, 0, 0], [0.0, 0])
      for i in 0..<3 {
        for o in 0..<2 {
          let error = (w[2 * o] * x[2 * i] + w[2 * o + 1] * x[2 * i + 1] + b[o] - y[2 * i + o]) / 6
          for f in 0..<2 { dw[2 * o + f] += error * x[2 * i + f] }
          db[o] += error
        }
      }
      return (dw, db)
    }
    var (w, b) = (try trainer.weight("slope"), try trainer.weight("slope.bias"))
    for step in 1...3 {
      let first = gradient(w, b)
      let norm = (first.w + first.b).reduce(0) { $0 + $1 * $1 }.squareRoot()
      let second = gradient(
        zip(w, first.w).map { $0 + 0.2 * $1 / norm }, zip(b, first.b).map { $0 + 0.2 * $1 / norm })
      w = zip(w, second.w).map { $0 - rate * $1 }
      b = zip(b, second.b).map { $0 - rate * $1 }
      _ = try trainer.step(batch)
      let (foundW, foundB) = (try trainer.weight("slope"), try trainer.weight("slope.bias"))
      for (found, expected) in zip(foundW + foundB, w + b) { #expect(abs(found - expected) < 1e-12, "step \(step)") }
    }
  }

  /// The numbers of a run reach epsilon and the radius.
  @Test func factors() throws {
    let program = try line(.sam(around: .adam(epsilon: 0.1)))
    func weights(_ change: (inout Hyperparameters) -> Void) throws -> [Double] {
      var numbers = try Hyperparameters(standard: program, width: 2, learningRate: rate)
      change(&numbers)
      let trainer = try Trainer<Double>(program, width: 2, numbers: numbers, seed: 3)
      _ = try trainer.step(batch)
      return try trainer.weight("slope")
    }
    let plain = try weights { _ in }
    let owner = EpsilonOwner(weight: "slope")
    let largerEpsilon = try weights { $0.epsilon[owner] = 2 }
    let largerRadius = try weights { $0.radius["slope"] = 2 }
    let same = try weights { $0.radius["slope"] = 1 }
    #expect(largerEpsilon != plain && largerRadius != plain && same == plain)
    #expect(throws: TrainingError.self) { try weights { $0.epsilon[EpsilonOwner(weight: "none")] = 2 } }
  }

  @Test(arguments: Optimizer.all) func isDeterministic(_ optimizer: Optimizer) throws {
    let runs = try (0..<2).map { _ in
      try Trainer<Float>(standard: line(optimizer), width: 6, rate: 0.01, decay: 0.01, threads: 1).weights(
        after: 2, on: Batch(random: line(nil), width: 6))
    }
    #expect(runs[0] == runs[1])
    let areFinite = runs[0].joined().allSatisfy { $0.isFinite }
    #expect(areFinite)
  }

  @Test func statesCanBeRead() throws {
    let trainer = try Trainer<Double>(standard: line(.momentum(0.9)), width: 2)
    #expect(try trainer.weight("%slope/momentum") == [0, 0, 0, 0])
    _ = try trainer.step(batch)
    #expect(try trainer.weight("%slope/momentum").allSatisfy { $0 != 0 })
    try trainer.restart(seed: 1)
    #expect(try trainer.weight("%slope/momentum") == [0, 0, 0, 0])
  }
}

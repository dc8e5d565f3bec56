import Exact
import Foundation
import Gallery
import Interchange
import Scaling
import TensorPrograms
import Testing
import TrainingData
import Verification

@Suite struct AlignmentTests {
  /// x -> W1 x -> W2 W1 x -> V W2 W1 x on one example, trained by gradient descent towards random targets. At the first
  /// step each update is one outer product with what the weight meets.
  static func linear() throws -> Program {
    let n = Dimension("n", growing: .n)
    let (one, outputs) = (Dimension("batch", 1), Dimension("outputs", 4))
    return try Program("linear") { p in
      var x = p.input("x", [one, n])
      for name in ["first", "second"] { x = Dense(name, to: n)(x) }
      p.minimize(meanSquaredError(Dense("readout", to: outputs)(x), p.input("y", [one, outputs])))
    }
  }

  static func measurement(_ program: Program, _ optimizer: Optimizer = .sgd) throws -> AlignmentMeasurement {
    AlignmentMeasurement(
      program: program, optimizer: optimizer,
      parametrization: try program.maximalUpdate(optimizer: optimizer).parametrization,
      base: 64, widths: [64, 512], seeds: [0, 1, 2, 3], steps: 1, learningRate: 0.05, workers: 1)
  }

  /// Known for the linear network: alpha is 1 at every width, up to rounding. W2 meets a change that is W2 transposed
  /// times something random, and ||W W^T g||^2 is 2 for a Gaussian square matrix: rms ratio (2N)^(1/2). The readout's
  /// change is made of the readout, so that they agree: 1.
  @Test func linearNetwork() throws {
    let result = try Self.measurement(Self.linear()).run(on: DataKind.named("random"))
    #expect(result.rows.map(\.weight) == ["first", "second", "readout"] && result.divergences.isEmpty)
    for row in result.rows {
      for at in row.widths {
        #expect(at.terms == at.width)
        #expect(abs(try #require(at.numbers.alpha).mean - 1) < 1e-12, "\(row.weight)")
      }
      #expect(abs(try #require(row.slope?.alpha).mean - 1) < 1e-12)
    }
    // What the first weight meets is an input: it does not change.
    let first = try #require(result["first", step: 1]?.largest)
    #expect(first.numbers.omega == nil && first.numbers.u == nil)
    let second = try #require(result["second", step: 1])
    for at in second.widths {
      let ratio = pow(Double(at.terms), try #require(at.numbers.omega).mean)
      #expect(abs(ratio / (2 * Double(at.terms)).squareRoot() - 1) < 0.15, "\(at.width): \(ratio)")
    }
    #expect(abs(try #require(second.slope?.omega).mean - 0.5) < 0.1)
    #expect(try #require(result["readout", step: 1]?.slope?.omega).mean > 0.85)
  }

  /// The calculus says the same without training.
  @Test func calculus() throws {
    let program = try Self.linear()
    let rules = try program.maximalUpdate(optimizer: .sgd).parametrization
    let expected = try program.expectedAlignments(rules, optimizer: .sgd, steps: 1)
    #expect(expected.map(\.step) == [0, 0, 0, 1, 1, 1])
    #expect(expected.prefix(3).allSatisfy { $0.alpha == nil && $0.omega == nil && $0.u == nil })
    #expect(expected.suffix(3).map(\.weight) == ["first", "second", "readout"])
    #expect(expected.suffix(3).map(\.alpha) == [1, 1, 1])
    #expect(expected.suffix(3).map(\.omega) == [nil, Rational(1, 2), 1])
  }

  /// On real data, at small widths: an update meets what made it, and a hidden weight a change that it does not know.
  @Test func perceptron() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    var measurement = try Self.measurement(program, .adam)
    (measurement.widths, measurement.seeds, measurement.learningRate) = ([32, 128], [0, 1], 0.004)
    let result = try measurement.run(on: DataKind.named("digits"))
    let hidden = try #require(result["layers.1", step: 1]?.slope)
    #expect(try #require(hidden.alpha).mean > 0.8)
    #expect(abs(try #require(hidden.omega).mean - 0.5) < 0.1)
    let found = result.alignments()
    #expect(found.map(\.weight) == ["layers.1", "readout"])
    for (_, alignment) in found {
      for number in [alignment.alpha, alignment.omega, alignment.u] {
        #expect(number <= 1 && (4 * number).isInteger)
      }
    }
    #expect(found[0].alignment.omega == Rational(1, 2))
  }

  /// Rates under the measured alignment lie between those under full and no alignment, or are one of them.
  @Test func rates() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    var measurement = try Self.measurement(program, .adam)
    (measurement.widths, measurement.seeds, measurement.learningRate) = ([32, 128], [0, 1], 0.004)
    let result = try measurement.run(on: DataKind.named("digits"))
    let derived = try program.maximalUpdate(optimizer: .adam).parametrization
    let found = try result.rates(program, optimizer: .adam, from: .derived, calculus: derived)
    #expect(found.map(\.weight) == ["layers.0", "layers.1", "readout"])
    #expect(found.allSatisfy { $0.full <= $0.measured && $0.measured <= $0.none })
    #expect(found[1].full == -1 && found[1].none == Rational(-1, 2))
    // A readout of standard size that is aligned with the change of features is too large at any rate.
    #expect(throws: ScalingError.self) {
      try result.rates(program, optimizer: .adam, from: .standard, calculus: derived)
    }
  }

  /// In a gauge with multipliers, the weight that is measured is the one that the network uses.
  @Test func gaugesAgree() throws {
    let program = try Self.linear()
    let derived = try program.maximalUpdate(optimizer: .sgd)
    var measurement = try Self.measurement(program)
    let plain = try measurement.run(on: DataKind.named("random"))
    measurement.parametrization = try derived.inGauge(.ntk).parametrization
    let moved = try measurement.run(on: DataKind.named("random"))
    for (a, b) in zip(plain.rows, moved.rows) {
      let (x, y) = (try #require(a.largest?.numbers.alpha), try #require(b.largest?.numbers.alpha))
      #expect(a.weight == b.weight && abs(x.mean - y.mean) < 1e-9)
    }
  }

  @Test func sameForAnyNumberOfWorkers() throws {
    var measurement = try Self.measurement(Architecture.mlp.program(["depth": "2"]), .adam)
    (measurement.widths, measurement.steps) = ([16, 32], 2)
    let alone = try measurement.run(on: DataKind.named("digits"))
    measurement.workers = 2
    #expect(try measurement.run(on: DataKind.named("digits")) == alone)
    measurement.weights = ["layers.*"]
    #expect(try measurement.run(on: DataKind.named("digits")).rows == alone.rows.filter { $0.weight == "layers.1" })
    measurement.sampling = .fresh
    #expect(try measurement.run(on: DataKind.named("digits")).rows != alone.rows)
  }

  /// The learning rate of 1e300 ends in infinities: a finding, not an error.
  @Test func divergenceIsAFinding() throws {
    var measurement = try Self.measurement(Self.linear())
    (measurement.learningRate, measurement.widths, measurement.steps) = (1e300, [16], 3)
    let result = try measurement.run(on: DataKind.named("random"))
    #expect(result.divergences.count == 4)
    #expect(result.rows.filter { $0.step == 3 }.allSatisfy { $0.largest?.numbers.alpha == nil && $0.slope == nil })
  }

  @Test func whatIsAskedIsChecked() throws {
    let measurement = try Self.measurement(Self.linear())
    func error(_ edit: (inout AlignmentMeasurement) throws -> Void) throws -> String {
      var copy = measurement
      try edit(&copy)
      let data = try DataKind.named("random")
      return "\(try #require(#expect(throws: (any Error).self) { try copy.run(on: data) }))"
    }
    #expect(try error { $0.widths = [] }.contains("at least one width"))
    #expect(try error { $0.steps = 0 }.contains("1 to 10000 updates"))
    #expect(try error { $0.seeds = [] }.contains("at least one seed"))
    #expect(try error { $0.learningRate = .infinity }.contains("finite number"))
    #expect(try error { $0.weights = ["secnd"] }.contains("second"))
    #expect(
      try error {
        $0.program = try Architecture.mlp.program(["hidden": "32"])
        $0.parametrization = .standard($0.program)
      }.contains("no weight of \"mlp\""))
  }
}

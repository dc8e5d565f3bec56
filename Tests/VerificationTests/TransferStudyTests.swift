import Experiments
import Foundation
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing
import Training
import TrainingData

@testable import Verification

@Suite struct TransferStudyTests {
  private static func study(_ optimizer: Optimizer = .adam(), workers: Int = 1) throws -> TransferStudy {
    let program = try Architecture.mlp.program(["depth": "2", "batch": "32"])
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    return TransferStudy(
      program: program, optimizer: optimizer, parametrizations: [rules, .standard(program)], widths: [8, 32],
      seeds: [0, 1], grid: RateGrid(first: [-8, -7, -6], growth: 8), steps: 8, precision: .double, workers: workers)
  }

  private func temporary() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".jsonl").path
  }

  private func open(_ file: String) throws -> CellRecord<TransferCell> {
    try CellRecord(file: file, settings: TransferSettings(version: "test"))
  }

  private func lines(_ file: String) throws -> [Substring] {
    try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
  }

  /// A real study: the grid grows to hold every best rate; the result is the same for any number of workers, and for one
  /// that was cut off, which makes only the runs that are missing.
  @Test func anInterruptedStudyGoesOn() throws {
    let data = try DataKind.named("digits").parts(holdingOut: 0.1, seed: 0).heldOut
    let file = temporary()
    defer { try? FileManager.default.removeItem(atPath: file) }
    let whole = try Self.study().run(on: data, record: try open(file))
    let written = try lines(file)
    let runs = whole.arms.flatMap(\.widths).reduce(0) { $0 + $1.curve.log2Rates.count * 2 }
    #expect(written.count == runs && runs > 24)
    #expect(whole.arms.flatMap(\.widths).allSatisfy { $0.optimum?.edge == nil && $0.optimum?.halfWidth != nil })
    // At the base width both are the same network.
    #expect(whole.arms[0].widths[0].curve == whole.arms[1].widths[0].curve)
    #expect(whole.arms[0].widths[1].curve.scores != whole.arms[1].widths[1].curve.scores)

    // Half of the lines, and one that was cut off.
    let kept = written.prefix(runs / 2).joined(separator: "\n") + "\n" + written[runs / 2].prefix(40)
    try Data(kept.utf8).write(to: URL(fileURLWithPath: file))
    let resumed = try Self.study(workers: 2).run(on: data, record: try open(file))
    #expect(resumed == whole)
    let after = try lines(file)
    #expect(after.count == runs + 1 && Set(after.map(String.init)).count == runs + 1)
    // With all of them there is nothing left to do.
    let again = try Self.study().run(on: data, record: try open(file)) { _, _, _ in Issue.record("a run was made") }
    #expect(again == whole)
    #expect(try lines(file).count == runs + 1)
    #expect(try Self.study(workers: 3).run(on: data) == whole)
  }

  @Test func badSettingsAreRefused() throws {
    let data = try DataKind.named("digits")
    var study = try Self.study()
    study.grid = RateGrid(first: [-3, -2], growth: 4)
    #expect(throws: TransferError.rates([-3, -2])) { try study.run(on: data) }
    study = try Self.study()
    study.widths = [32]
    #expect(throws: ExperimentError.widths([32])) { try study.run(on: data) }
    study = try Self.study()
    study.seeds = []
    #expect(throws: ExperimentError.seeds) { try study.run(on: data) }
    study = try Self.study()
    study.parametrizations.append(study.parametrizations[0])
    #expect(throws: TransferError.parametrizations(["maximal update", "standard", "maximal update"])) {
      try study.run(on: data)
    }
  }

  /// Deep linear networks with only the hidden matrices trained, after one step of SGD from all examples. Under muP the
  /// best rate goes to eta_inf = (m / L) y'Ky / |Ky|^2 with K = X X'/d, and is n^(-1/2) away from it (2511.01734).
  @Test func theLimitOfDeepLinearNetworks() throws {
    let (examples, features, depth) = (6, 4, 2)
    let data = try Self.table(examples, features)
    let hidden = Dimension("hidden", growing: .n)
    let program = try Program("deep-linear") { p in
      let batch = Dimension("batch", examples)
      var x = p.input("features", [batch, Dimension("features", features)])
      x = Dense("input", to: hidden, frozen: true)(x)
      for layer in 0..<depth { x = Dense("layers.\(layer)", to: hidden)(x) }
      let outputs = Dimension("outputs", 1)
      let y = p.input("y", [batch, outputs])
      p.minimize(meanSquaredError(Dense("readout", to: outputs, frozen: true)(x), y))
    }
    let limit = try Self.limit(data, program, depth)
    let widths = Nightly.choose(daily: [16, 64, 256], nightly: [32, 64, 128, 256, 512])
    let seeds = Array(0..<Nightly.choose(daily: 8, nightly: 16))
    func study(_ rules: Parametrization, _ seeds: [Int]) throws -> TransferResult {
      try TransferStudy(
        program: program, optimizer: .sgd, parametrizations: [rules], base: 1, widths: widths, seeds: seeds,
        grid: RateGrid(
          first: stride(from: -1.5, through: 1.5, by: Nightly.choose(daily: 0.5, nightly: 0.25)).map {
            log2(limit) + $0
          }, growth: 0),
        steps: 1, score: .final, precision: .double
      ).run(on: data)
    }
    let result = try study(program.maximalUpdate(optimizer: .sgd).parametrization, seeds)
    let curves = result.arms[0].widths.map(\.curve)
    // The root of the mean square over seeds of how far each seed's own best rate is from the limit.
    let apart = curves.map { curve in
      let squares = seeds.indices.compactMap { seed -> Double? in
        let own = RateCurve(width: curve.width, log2Rates: curve.log2Rates, scores: curve.scores.map { [$0[seed]] })
        return RateOptimum(own).map { pow(exp2($0.log2Rate + $0.shift) / limit - 1, 2) }
      }
      return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    }
    let slope = try #require(
      LeastSquares.slope(zip(widths, apart).map { (x: log2(Double($0)), y: log2($1)) }))
    #expect(abs(slope + 0.5) < 0.25, "\(slope): \(apart)")
    #expect(apart.last ?? 1 < 0.25, "\(apart)")
    let best = try #require(result.arms[0].widths.last?.optimum)
    #expect(abs(best.log2Rate + best.shift - log2(limit)) < 0.15)
    let allowed: [TransferVerdict] = Nightly.choose(daily: [.transfers, .cannotTell], nightly: [.transfers])
    #expect(allowed.contains(result.verdict), "\(result.arms[0].drift)")
    // In the standard parametrization nothing settles: the best rate leaves the grid.
    let standard = try study(.standard(program), [0, 1])
    #expect(standard.verdict != .transfers && standard.arms[0].widths.last?.optimum?.edge != nil)
  }

  private static func table(_ examples: Int, _ features: Int) throws -> DataTable {
    var random = SplitMix(seed: 11)
    let rows = (0..<examples).map { row in
      (0..<features).map { _ in "\(Double.random(in: -1...1, using: &random))" }.joined(separator: ",")
        + ",\(row * row % 7)"
    }
    return try DataTable(text: rows.joined(separator: "\n") + "\n", name: "table")
  }

  private static func limit(_ data: DataTable, _ program: Program, _ depth: Int) throws -> Double {
    let examples = try data.batches(for: program, width: 8).examples(Double.self)
    let (x, y) = (data.features, try #require(try targets(data, program)))
    let (m, d) = (examples.rows, data.featureCount)
    let kernel = (0..<m).map { i in
      (0..<m).map { k in (0..<d).reduce(0) { $0 + x[i * d + $1] * x[k * d + $1] } / Double(d) }
    }
    let ky = kernel.map { row in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let overlap = zip(y, ky).reduce(0) { $0 + $1.0 * $1.1 }
    return Double(m) / Double(depth) * overlap / ky.reduce(0) { $0 + $1 * $1 }
  }

  private static func targets(_ data: DataTable, _ program: Program) throws -> [Double]? {
    let inputs = try data.batches(for: program, width: 8).whole()
    guard case .numbers(let numbers)? = inputs.first(where: { $0.name == "y" })?.contents else { return nil }
    return numbers
  }
}

import Exact
import Foundation
import Gallery
import Interchange
import TensorPrograms
import Verification

/// A report with numbers made up to look like those of real runs.
enum SyntheticReport {
  /// A power of width with bias at small width, and noise.
  private struct Law {
    var initial: (level: Double, exponent: Rational?)
    var change: (level: Double, exponent: Rational?)
  }

  static let widths = [64, 128, 256, 512, 1024]

  /// - Parameter broken: values whose measured change grows by an extra n^(1/2).
  static func make(
    _ architecture: Architecture = .gpt, settings: [String: String] = [:], steps: Int = 5, noise: Double = 0.03,
    broken: Set<String> = [], standard: Bool = true
  ) throws -> CheckReport {
    let program = try architecture.program(settings)
    let values = program.namedValues.filter { !program[$0].axes.isEmpty }.map { program[$0].name }
    return CheckReport(
      title: "\(program.name): coordinate check", command: "widthwise check \(program.name) --data shakespeare",
      program: program.name, optimizer: "Adam", base: 256, widths: widths, seeds: [0, 1, 2, 3], steps: steps,
      rate: 0.01, data: "shakespeare: 1036483 characters, 84 different ones", version: "0.1.0",
      date: "2026-01-31T12:00:00Z", seconds: 41.7,
      grid: grid("maximal update", values, steps, noise, broken) { _, _ in 0 },
      standard: standard
        ? grid("standard", values, steps, noise, []) { name, step in
          name.contains("logits") ? min(1.0, 0.5 * Double(step)) : name.contains("readout") ? 0.5 : step > 0 ? 0.45 : 0
        } : nil)
  }

  private static func grid(
    _ name: String, _ values: [String], _ steps: Int, _ noise: Double, _ broken: Set<String>,
    extra: (String, Int) -> Double
  ) -> CheckGrid {
    var generator = SystemRandom(7)
    var rows: [CheckRow] = []
    for (index, value) in values.enumerated() {
      let isReadout = value.contains("readout") || value.contains("logits")
      let initial: Rational = isReadout ? Rational(-1, 2) : 0
      let level = isReadout ? 6 : pow(2, Double((index * 7) % 5) / 2 - 1)
      for step in 0...steps {
        for statistic in [Statistic.size, .change] where step > 0 || statistic == .size {
          let growth = 0.06 * Double(step) * (1 + Double((index * 3) % 7) / 4)
          let bad = broken.contains(value) ? 0.5 : 0
          let sample = Sample(
            widths: widths,
            numbers: widths.map { width in
              (0..<4).map { _ in
                let n = Double(width) / 256
                let start = level * pow(Double(width), initial.double)
                let bias = 1 + 0.4 / (n * 16)
                let moved = growth * pow(n, bad + extra(value, step)) * bias
                let number = statistic == .change ? moved : (start * start + moved * moved).squareRoot()
                return number * (1 + noise * generator.normal())
              }
            })
          rows.append(
            CheckRow(
              value: value, step: step, statistic: statistic, predicted: step == 0 ? initial : 0, initial: initial,
              parts: statistic == .change ? [0] : step == 0 ? [initial] : [0, initial], sample: sample,
              tolerance: .usual))
        }
      }
    }
    return CheckGrid(parametrization: name, rows: rows)
  }
}

/// Normal numbers, the same each time.
struct SystemRandom {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 1) * 0x1p-53
  }

  mutating func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
}

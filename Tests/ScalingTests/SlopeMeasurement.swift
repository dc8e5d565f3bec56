import Exact
import Experiments
import Foundation
import Gallery
import Scaling
import TensorPrograms
import Tensors
import TestSupport
import Testing
import Training

/// The coordinate sizes of every value of a small program, at several widths and seeds, in Double, beside the exponents
/// that the calculus gives them.
struct SlopeMeasurement {
  var widths: [Int]
  var seeds: Int
  /// Updates made.
  var steps: Int
  /// The coordinate size of each weight's first update beside that of the weight, at the smallest width.
  var update = 0.03
  /// Where all weights have their standard sizes: small, so that what shrinks with the width is small at the widths.
  static let base = 4

  /// One statistic of one value at one step.
  struct Slope: CustomStringConvertible {
    var name: String
    var primitive: String
    var step: Int
    /// Whether it is of the change since initialization.
    var isChange: Bool
    /// The exponent; nil if it shall be exactly zero.
    var predicted: Rational?
    /// Of a size, the smaller exponent of its two parts, from initialization and from updates: at finite width that may
    /// still be the larger part.
    var least: Rational?
    /// Nil if the numbers are exactly zero at every width.
    var measured: Double?
    var error: Double

    /// How much larger the slope is than predicted; infinite if it should be exactly zero.
    var excess: Double {
      guard let measured else { return 0 }
      return predicted.map { max(0, measured - $0.double) } ?? .infinity
    }

    /// How much smaller it is. What is exactly zero by cancellation, as the change of the identity's slope, is not
    /// smaller by any power.
    var lack: Double {
      guard let measured, let predicted else { return 0 }
      return max(0, (least ?? predicted).double - measured)
    }

    func isEqual(within tolerance: Double) -> Bool { max(excess, lack) <= tolerance + 3 * error }

    /// Whether the slope tells its exponent from those a half away.
    var isSharp: Bool { 3 * error < 0.25 }

    /// What a logarithm of the width adds to a slope at these widths: its exponent is 0.
    var logarithm: Double

    /// Whether there is a slope, or zero throughout.
    var isFinite: Bool { error.isFinite }

    var description: String {
      let slope = measured.map { String(format: "%.3f ± %.3f", $0, error) } ?? "zero"
      return "\(name) = \(primitive), \(isChange ? "change" : "size") at step \(step): \(slope), predicted "
        + (predicted?.asPowerOfWidth ?? "zero")
    }
  }

  /// Every value but whole numbers, at each step, and its change since the start where the start knows no update.
  func slopes(_ program: Program, _ rules: Parametrization, _ optimizer: Optimizer) throws -> [Slope] {
    let run = try program.exponents(rules, optimizer: optimizer, steps: steps + 1)
    let logarithms = Self.logarithms(run.program)
    let values = run.program.instructions.indices
      .filter { !(run.program.instructions[$0].primitive is Indices) }.map { ValueID($0) }
    let factors = try self.factors(run.program, rules)
    // By width and seed, then by step and value.
    let runs = try widths.map { width in
      var numbers = try Hyperparameters(rules, width: width, base: Self.base, learningRate: 1)
      for (name, factor) in factors { numbers.learningRate[name]? *= factor }
      let trainer = try Trainer<Double>(run.program, width: width, numbers: numbers, seed: 0)
      return try (0..<seeds).map { seed in
        try trainer.restart(seed: UInt64(seed))
        return try sizes(trainer, values, on: batch(run.program, width, seed))
      }
    }
    func slope(_ value: Int, _ step: Int, change: Bool) -> (slope: Double?, error: Double) {
      fit(runs.map { $0.map { change ? $0[step][value].change : $0[step][value].size } })
    }
    var found: [Slope] = []
    for step in 0...steps {
      for (i, value) in values.enumerated() {
        let cell = run[step, value]
        let size = slope(i, step, change: false)
        let what = (name: run.program[value].name, primitive: run.program[value].primitive.word)
        found.append(
          Slope(
            name: what.name, primitive: what.primitive, step: step, isChange: false, predicted: cell.size,
            least: [cell.initial, cell.update].compactMap { $0 }.min(), measured: size.slope, error: size.error,
            logarithm: logarithms[value.index]))
        guard step > 0, run[0, value].update == nil else { continue }
        let change = slope(i, step, change: true)
        found.append(
          Slope(
            name: what.name, primitive: what.primitive, step: step, isChange: true, predicted: cell.update,
            measured: change.slope, error: change.error, logarithm: logarithms[value.index]))
      }
    }
    return found
  }

  /// For each value what a logarithm in it adds to a slope: one comes from a sum of exponentials over an axis that grows.
  private static func logarithms(_ program: Program) -> [Double] {
    var added = [Double](repeating: 0, count: program.instructions.count)
    for (i, instruction) in program.instructions.enumerated() {
      let summed = instruction.operands.flatMap { program[$0].axes }.filter { !instruction.axes.contains($0) }
      let isFirst = instruction.primitive.word == "logsumexp" && summed.contains { !$0.growth.isZero }
      added[i] = isFirst ? 0.15 : instruction.operands.map { added[$0.index] }.max() ?? 0
    }
    return added
  }

  /// Inputs with a mean, as data have one, and between 1/4 and 3/4: the exponential of a product of two normal numbers
  /// has no mean, so that neither softmax nor exp would have a law of large numbers.
  private func batch(_ program: Program, _ width: Int, _ seed: Int) throws -> Batch {
    var batch = try Batch(random: program, width: width, seed: UInt64(seed) + 100)
    batch.values = batch.values.mapValues { $0.map { 0.5 + tanh($0) / 4 } }
    return batch
  }

  /// For each weight what a rate of 1 is multiplied by: no power of width, and updates large enough to be seen.
  func factors(_ program: Program, _ rules: Parametrization) throws -> [String: Double] {
    let numbers = try Hyperparameters(rules, width: widths[0], base: Self.base, learningRate: 1)
    let trainer = try Trainer<Double>(program, width: widths[0], numbers: numbers, seed: 0)
    let names = program.weights.map { program[$0.id].name }
    let before = try names.map { try trainer.weight($0) }
    _ = try trainer.step(batch(program, widths[0], 0))
    return Dictionary(
      uniqueKeysWithValues: try zip(names, before).map { name, before in
        let moved = zip(try trainer.weight(name), before).reduce(0) { $0 + abs($1.0 - $1.1) }
        let size = before.reduce(0) { $0 + abs($1) }
        // A weight that starts at zero is given updates of this size.
        return (name, moved > 0 ? update * (size > 0 ? size : Double(before.count)) / moved : 1)
      })
  }

  private func sizes(
    _ trainer: Trainer<Double>, _ values: [ValueID], on batch: Batch
  ) throws -> [[(size: Double, change: Double)]] {
    let position = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
    var first = [[Double]](repeating: [], count: values.count)
    return try (0...steps).map { step in
      var found = [(size: Double, change: Double)](repeating: (0, 0), count: values.count)
      _ = try trainer.step(batch, observing: values) { value, entries in
        guard let i = position[value] else {
          Issue.record("a value that nobody asked for is told")
          return
        }
        if step == 0 { first[i] = Array(entries) }
        let means = first[i].withUnsafeBufferPointer { Statistics.meanAbsoluteAndDifference(entries, $0) }
        found[i] = (means.size, means.difference)
      }
      return found
    }
  }

  /// The slope of log2 of the mean over seeds against log2 of the width, with its error from the scatter of the seeds
  /// alone: what a finite width bends is no noise. Nil if all numbers are zero.
  private func fit(_ numbers: [[Double]]) -> (slope: Double?, error: Double) {
    guard numbers.joined().allSatisfy(\.isFinite) else { return (nil, .infinity) }
    let means = numbers.map { $0.reduce(0, +) / Double($0.count) }
    guard means.allSatisfy({ $0 > 0 }) else { return (nil, 0) }
    let x = widths.map { log2(Double($0)) }
    var (slope, variance) = (0.0, 0.0)
    for (i, (mean, weight)) in zip(means, LeastSquares.slopeWeights(x)).enumerated() {
      slope += weight * log2(mean)
      let count = Double(numbers[i].count)
      let relative = numbers[i].reduce(0) { $0 + ($1 / mean - 1) * ($1 / mean - 1) } / (count - 1) / count
      variance += weight * weight * relative / (M_LN2 * M_LN2)
    }
    return (slope, variance.squareRoot())
  }
}

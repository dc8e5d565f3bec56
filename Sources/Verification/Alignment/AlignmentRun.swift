import Foundation
import TensorPrograms
import Tensors
import Training
import TrainingData

/// One training run of a measurement of alignment.
struct AlignmentRun {
  /// rms(W x) / (rms(W) rms(x)) for the three pairs; nil where a factor is zero, or the run has diverged.
  struct Ratios: Sendable {
    var alpha: Double?
    var omega: Double?
    var u: Double?
  }

  struct Record: Sendable {
    var job: CheckRun.Job
    /// By step and use.
    var ratios: [[Ratios]]
    /// Updates made before the first number that is not finite.
    var diverged: Int?
  }

  let program: Program
  let uses: [WeightContraction]
  let job: CheckRun.Job
  let numbers: Numbers
  let batches: BatchSource
  let steps: Int

  func record(advance: () -> Void) throws -> Record {
    let trainer = try Trainer<Double>(
      program, width: job.width, numbers: numbers, seed: UInt64(bitPattern: Int64(job.seed)))
    let products = try uses.map { try Product(program, $0, width: job.width) }
    let values = Set(uses.flatMap { [$0.factor, $0.other] }).sorted { $0.index < $1.index }
    let missing = [Ratios](repeating: Ratios(), count: uses.count)
    var record = Record(job: job, ratios: [[Ratios]](repeating: missing, count: steps + 1), diverged: nil)
    var first: [ValueID: [Double]] = [:]
    let probe = batches.trainingBatch(0)
    for step in 0...steps {
      var now: [ValueID: [Double]] = [:]
      do {
        try trainer.compute(values, on: probe) { now[$0] = Array($1) }
        if step == 0 { first = now }
        if !now.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) { record.diverged = step }
        if step < steps, record.diverged == nil { _ = try trainer.step(batches.trainingBatch(step)) }
      } catch TrainingError.diverged {
        record.diverged = step
      }
      if record.diverged != nil {
        for _ in step...steps { advance() }
        break
      }
      if step > 0 {
        record.ratios[step] = try zip(uses, products).map { use, product in
          guard let w0 = first[use.factor], let x0 = first[use.other], let w = now[use.factor], let x = now[use.other]
          else { return Ratios() }
          let (dw, dx) = (zip(w, w0).map { $0 - $1 }, zip(x, x0).map { $0 - $1 })
          return Ratios(
            alpha: try product.ratio(dw, x0), omega: try product.ratio(w0, dx), u: try product.ratio(dw, dx))
        }
      }
      advance()
    }
    return record
  }
}

/// One contraction of a program, to be evaluated on other operands.
private struct Product {
  private let kernel: (any Kernel)?
  private let weightIsFirst: Bool
  private let count: Int

  init(_ program: Program, _ use: WeightContraction, width: Int) throws {
    let instruction = program[use.result]
    let axes = instruction.operands.map { program[$0].axes }
    let lowering = try instruction.primitive.lower(
      axes, result: instruction.axes, binding: Binding(width: width, scalars: []))
    if case .kernel(let kernel) = lowering { self.kernel = kernel } else { kernel = nil }
    weightIsFirst = instruction.operands[0] == use.factor
    count = try instruction.axes.reduce(1) { try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name) }
  }

  /// rms(W x) / (rms(W) rms(x)); nil if one of the three is zero.
  func ratio(_ weight: [Double], _ other: [Double]) throws -> Double? {
    let sizes = [weight, other].map { $0.withUnsafeBufferPointer { Statistics.rootMeanSquare($0) } }
    guard let kernel, sizes[0] > 0, sizes[1] > 0 else { return nil }
    var result = [Double](repeating: 0, count: count)
    var workspace = [Double](repeating: 0, count: max(1, kernel.workspace))
    try weight.withUnsafeBufferPointer { w in
      try other.withUnsafeBufferPointer { x in
        try result.withUnsafeMutableBufferPointer { y in
          try workspace.withUnsafeMutableBufferPointer { scratch in
            guard let w = w.baseAddress, let x = x.baseAddress, let y = y.baseAddress else { return }
            let operands: [Operand<Double>] = weightIsFirst ? [.values(w), .values(x)] : [.values(x), .values(w)]
            try kernel.run(operands, into: y, workspace: scratch.baseAddress, threads: 1)
          }
        }
      }
    }
    let ratio = result.withUnsafeBufferPointer { Statistics.rootMeanSquare($0) } / (sizes[0] * sizes[1])
    return ratio > 0 && ratio.isFinite ? ratio : nil
  }
}

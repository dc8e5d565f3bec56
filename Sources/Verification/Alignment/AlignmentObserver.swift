import Experiments
import TensorPrograms
import Tensors
import Training
import TrainingData

/// Observes a run of a measurement of alignment.
struct AlignmentObserver: TrialObserver {
  /// rms(W x) / (rms(W) rms(x)) for the three pairs; nil where a factor is zero, or the run has diverged.
  struct Ratios: Sendable {
    var alpha: Double?
    var omega: Double?
    var u: Double?
  }

  struct Record: Sendable {
    /// By step and use.
    var ratios: [[Ratios]]
    /// Updates made before the first number that is not finite.
    var diverged: Int?
  }

  let uses: [WeightContraction]

  func record<T: Element>(_ trial: Trial<T>) throws -> Record {
    let (recipe, steps) = (trial.recipe, trial.recipe.steps)
    let products = try uses.map { try Product(recipe.program.stepped, $0, width: recipe.width) }
    let values = Set(uses.flatMap { [$0.factor, $0.other] }).sorted { $0.index < $1.index }
    let missing = [Ratios](repeating: Ratios(), count: uses.count)
    var record = Record(ratios: [[Ratios]](repeating: missing, count: steps + 1), diverged: nil)
    var first: [ValueID: [Double]] = [:]
    let probe = trial.setup.batches.trainingBatch(0)
    for step in 0...steps {
      var now: [ValueID: [Double]] = [:]
      do {
        try trial.trainer.compute(values, on: probe) { now[$0] = $1.map { Double($0) } }
        if step == 0 { first = now }
        if !now.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) { record.diverged = step }
        if step < steps, record.diverged == nil { _ = try trial.run.step() }
      } catch TrainingError.diverged {
        record.diverged = step
      }
      if record.diverged != nil {
        for _ in step...steps { trial.advance() }
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
      trial.advance()
    }
    return record
  }
}

/// A contraction with a weight, to be evaluated on other operands.
private struct Product {
  private let contraction: InstructionEvaluator
  private let weightIsFirst: Bool

  init(_ program: Program, _ use: WeightContraction, width: Int) throws {
    contraction = try InstructionEvaluator(program, of: use.result, width: width)
    weightIsFirst = program[use.result].operands[0] == use.factor
  }

  /// rms(W x) / (rms(W) rms(x)); nil if one of the three is zero.
  func ratio(_ weight: [Double], _ other: [Double]) throws -> Double? {
    let (w, x) = (rootMeanSquare(weight), rootMeanSquare(other))
    guard w > 0, x > 0, let product = try contraction.evaluate(weightIsFirst ? [weight, other] : [other, weight])
    else { return nil }
    let ratio = rootMeanSquare(product) / (w * x)
    return ratio > 0 && ratio.isFinite ? ratio : nil
  }
}

private func rootMeanSquare(_ entries: [Double]) -> Double {
  entries.withUnsafeBufferPointer { Statistics.rootMeanSquare($0) }
}

import TensorPrograms
import Tensors
import Training

/// How low the loss of a run was.
public struct RunScores: Sendable, Hashable, Codable {
  /// The loss of the first batch, before any update.
  public var first: Double?
  /// The mean of the batch losses; nil if the run diverged.
  public var mean: Double?
  /// The mean over whole batches after the last update, nil if the run diverged: of all rows of a table; of other data,
  /// over ``ScoreObserver/freshBatches`` batches that come after those trained on.
  public var final: Double?

  public init(first: Double?, mean: Double?, final: Double?) {
    (self.first, self.mean, self.final) = (first, mean, final)
  }
}

/// Makes all steps of a run, and scores it.
struct ScoreObserver: TrialObserver, Sendable {
  /// The forward program of the evaluation, and the examples of its batch.
  let evaluated: Program
  let wholeBatch: Int
  /// All rows, in the scalars of the runs; nil of data that are no table.
  let examples: Examples<Float>?
  /// Told of each run that is finished.
  var finished: @Sendable (Recipe, RunScores) throws -> Void = { _, _ in }

  /// Batches of the evaluation, of data that are drawn.
  static let freshBatches = 8

  func record<T: Element>(_ trial: Trial<T>) throws -> RunScores {
    let scores =
      trial.recipe.order == .permutations ? try recordRows(trial) : try recordBatches(trial)
    try finished(trial.recipe, scores)
    return scores
  }

  /// The batches of the trial's own steps, gathered from the table without a copy.
  private func recordRows<T: Element>(_ trial: Trial<T>) throws -> RunScores {
    let (trainer, batch) = (trial.trainer, trial.setup.batches.batchSize)
    let evaluator = try trial.evaluator(evaluated)
    let examples = try (examples as? Examples<T>) ?? trial.setup.batches.examples()
    let order = try trial.setup.permutedRows()
    return try score(trial) { step in
      try trainer.step(rows: order[step * batch..<(step + 1) * batch], of: examples)
    } evaluate: {
      try evaluator.copyWeights(from: trainer)
      let rows = Array(0..<examples.rows)
      return try (0..<rows.count / wholeBatch).map { i in
        try evaluator.evaluate(rows: rows[i * wholeBatch..<(i + 1) * wholeBatch], of: examples)
      }
    }
  }

  private func recordBatches<T: Element>(_ trial: Trial<T>) throws -> RunScores {
    let evaluator = try trial.evaluator(evaluated)
    let (batches, steps) = (trial.setup.batches, trial.recipe.steps)
    return try score(trial) { _ in
      try trial.run.step().loss
    } evaluate: {
      try evaluator.copyWeights(from: trial.trainer)
      return try (steps..<steps + Self.freshBatches).map { try evaluator.evaluate(batches.trainingBatch($0)) }
    }
  }

  private func score<T: Element>(
    _ trial: Trial<T>, step: (Int) throws -> Double, evaluate: () throws -> [Double]
  ) throws -> RunScores {
    let steps = trial.recipe.steps
    var (sum, first, told) = (0.0, Double?.none, 0)
    defer { for _ in told...steps { trial.advance() } }
    do {
      for number in 0..<steps {
        let loss = try step(number)
        if number == 0 { first = loss }
        sum += loss
        trial.advance()
        told += 1
      }
      let losses = try evaluate()
      return RunScores(
        first: first, mean: sum / Double(steps), final: losses.reduce(0, +) / Double(losses.count))
    } catch TrainingError.diverged {
      return RunScores(first: first, mean: nil, final: nil)
    }
  }
}

import Experiments
import TensorPrograms
import Tensors
import Training

/// Observes a run of a check: sizes and changes of what a check looks at, on the run's first batch, after each update.
struct SizeObserver: TrialObserver {
  struct Record: Sendable {
    /// By step and item; not finite from where the run diverged.
    var sizes: [[Double]]
    var changes: [[Double]]
    /// By step and item: the entries, and their changes, of items that keep them.
    var entries: [[[Float]]]
    var changedEntries: [[[Float]]]
    /// By update and regularization item.
    var ratios: [[Double]]
    /// Before each update.
    var losses: [Double]
    /// Updates made before the first number that is not finite.
    var diverged: Int?
  }

  let subject: CheckProgram
  let regularization: [RegularizationItem]

  func record<T: Element>(_ trial: Trial<T>) throws -> Record {
    let (steps, items) = (trial.recipe.steps, subject.items)
    let missing = [[Double]](repeating: [Double](repeating: .nan, count: items.count), count: steps + 1)
    let none = [[[Float]]](repeating: [[Float]](repeating: [], count: items.count), count: steps + 1)
    var record = Record(
      sizes: missing, changes: missing, entries: none, changedEntries: none,
      ratios: [[Double]](repeating: [Double](repeating: .nan, count: regularization.count), count: steps),
      losses: [], diverged: nil)
    var first = [[T]](repeating: [], count: items.count)
    var positions: [ValueID: [Int]] = [:]
    for (i, item) in items.enumerated() { positions[item.id, default: []].append(i) }
    let ids = positions.keys.sorted { $0.index < $1.index }
    let observed = Set(regularization.flatMap { [$0.term, $0.reference].compactMap(\.self) }).sorted {
      $0.index < $1.index
    }
    let probe = trial.setup.batches.trainingBatch(0)
    let evaluator = try trial.evaluator(subject.program)
    let weights = trial.trainer.program.weights.map { trial.trainer.program[$0.id].name }
    for (weight, start) in subject.startWeights {
      try evaluator.copyWeight(weight, from: trial.trainer, to: start)
    }
    for step in 0...steps {
      var sizes = missing[0]
      var changes = missing[0]
      do {
        for weight in weights { try evaluator.copyWeight(weight, from: trial.trainer) }
        try evaluator.compute(ids, on: probe) { id, entries in
          for i in positions[id] ?? [] {
            if step == 0 { first[i] = Array(entries) }
            (sizes[i], changes[i]) = first[i].withUnsafeBufferPointer {
              Statistics.meanAbsoluteAndDifference(entries, $0, threads: trial.threads)
            }
            guard items[i].keepsEntries else { continue }
            record.entries[step][i] = entries.map { Float($0) }
            record.changedEntries[step][i] = zip(entries, first[i]).map { Float($0 - $1) }
          }
        }
        if step < steps {
          var terms: [ValueID: Double] = [:]
          let loss = try trial.run.step(observing: observed) { terms[$0] = Statistics.rootMeanSquare($1) }.loss
          record.losses.append(loss)
          record.ratios[step] = regularization.map { item in
            let term = item.term.map { terms[$0] ?? .nan } ?? 1
            return term * item.factor.number(trial.setup.numbers, item.name) / (terms[item.reference] ?? .nan)
          }
        }
      } catch TrainingError.diverged {
        record.diverged = step
      }
      if !(sizes + changes).allSatisfy(\.isFinite) { record.diverged = step }
      if record.diverged != nil {
        for _ in step...steps { trial.advance() }
        break
      }
      (record.sizes[step], record.changes[step]) = (sizes, changes)
      trial.advance()
    }
    return record
  }
}

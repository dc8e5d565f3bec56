import Exact
import Experiments
import Scaling

/// The records of all runs of a check, beside what is predicted.
struct CheckRecords {
  private let check: CoordinateCheck
  private let subject: CheckProgram
  private let regularization: [RegularizationItem]
  private let isSizeless: Bool
  private let mover: PreparedCheck.Mover?
  private let widths: [Int]
  /// By width and seed.
  private let records: [[SizeObserver.Record]]
  /// By name and step.
  private let expected: [String: [Int: Prediction]]

  init(_ prepared: PreparedCheck, widths: [Int], _ records: [[SizeObserver.Record]]) {
    (check, subject, isSizeless) = (prepared.check, prepared.subject, prepared.isSizeless)
    mover = prepared.mover
    (self.widths, self.records, regularization) = (widths, records, prepared.regularization)
    expected = Dictionary(grouping: prepared.expected, by: \.name).mapValues {
      Dictionary($0.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// The statistics of an item at a step. Of weights only the initial size and the change are judged; their sum says no
  /// more.
  private func statistics(_ kind: CheckProgram.Item.Kind, _ step: Int) -> [Statistic] {
    switch kind {
    case .value: step == 0 ? [.size] : [.change, .size]
    case .weight: step == 0 ? [.size] : [.change]
    case .own: step == 0 ? [] : [.own]
    case .below: step == 0 ? [] : [.below]
    case .use: []
    }
  }

  private func sample(_ item: Int, _ statistic: Statistic, _ step: Int) -> Sample {
    let isChange = statistic == .change || statistic == .below
    return Sample(
      widths: widths, numbers: records.map { $0.map { (isChange ? $0.changes : $0.sizes)[step][item] } })
  }

  /// What the seeds share, if the item's entries are kept and that surely is there.
  private func shared(_ item: Int, _ statistic: Statistic, _ step: Int) -> SlopeFit? {
    guard subject.items[item].keepsEntries else { return nil }
    let isChange = statistic == .change || statistic == .below
    let parts = records.map { SharedPart($0.map { (isChange ? $0.changedEntries : $0.entries)[step][item] }) }
    return SharedPart.fit(widths, parts, seeds: check.seeds.count)
  }

  /// Item by item, step by step.
  private func forEach(_ body: (_ item: Int, _ statistic: Statistic, _ step: Int) -> Void) {
    for (i, item) in subject.items.enumerated() {
      for step in 0...check.steps { for statistic in statistics(item.kind, step) { body(i, statistic, step) } }
    }
  }

  var measurements: [Measurement] {
    var result: [Measurement] = []
    forEach { item, statistic, step in
      let isChange = statistic == .change || statistic == .below
      for (width, runs) in zip(widths, records) {
        for (seed, run) in zip(check.seeds, runs) {
          result.append(
            Measurement(
              value: subject.items[item].name, statistic: statistic, step: step, width: width, seed: seed,
              number: (isChange ? run.changes : run.sizes)[step][item]))
        }
      }
    }
    return result
  }

  var rows: [CheckRow] {
    // Changes within rounding count as zero.
    let rounding = check.precision == .float ? 1e-6 : 1e-14
    var rows: [CheckRow] = []
    forEach { i, statistic, step in
      let item = subject.items[i]
      guard let prediction = expected[item.name]?[step] else { return }
      let parts = parts(statistic, item.name, step)
      let largest = records.flatMap { $0.map { $0.sizes[step][scale(of: i)] } }.filter(\.isFinite).max() ?? 0
      var row = CheckRow(
        value: item.name, kind: item.kind == .value ? .value : .weight, step: step, statistic: statistic,
        predicted: own(statistic, prediction).max(), initial: prediction.initial, parts: parts,
        isJudgedByParts: item.kind == .value && statistic == .size && step > 0,
        sample: sample(i, statistic, step), shared: shared(i, statistic, step),
        tolerance: tolerance(item.kind, step), floor: statistic == .size ? 0 : rounding * largest)
      if row.predicted == nil, step > 0, row.verdict == .disagrees, let mover {
        row.verdict = .cannotTell
        row.reason = "predicted to be exactly zero, but for \(mover.rawValue), which moves it"
      }
      rows.append(row)
    }
    for (i, item) in regularization.enumerated() {
      // In the last update, when gradients are as they stay.
      let numbers = records.map { $0.map { $0.ratios.last?[i] ?? .nan } }
      rows.append(
        CheckRow(
          value: item.name, kind: .weight, step: check.steps, statistic: item.statistic, predicted: 0, initial: nil,
          sample: Sample(widths: widths, numbers: numbers), tolerance: item.isExact ? .initialSize : .own))
    }
    return rows
  }

  /// The item whose size an item's rounding errors are in proportion to.
  private func scale(of i: Int) -> Int {
    guard subject.items[i].kind == .own else { return i }
    let name = subject.items[i].name
    return subject.items.firstIndex { $0.kind == .use && $0.name == name } ?? i
  }

  /// The exponents of the parts of a statistic, as they are predicted at its step.
  private func own(_ statistic: Statistic, _ prediction: Prediction) -> [Rational] {
    switch statistic {
    case .size: prediction.initialParts + prediction.changeParts
    case .change: prediction.changeParts
    case .own: prediction.ownParts
    case .below: prediction.belowParts
    case .decay, .epsilon: []
    }
  }

  /// The same with what earlier updates did, which is still in the sum.
  private func parts(_ statistic: Statistic, _ name: String, _ step: Int) -> [Rational] {
    var all = (0...step).flatMap { expected[name]?[$0].map { own(statistic, $0) } ?? [] }
    if !isSizeless, let prediction = expected[name]?[step] {
      let fluctuation =
        switch statistic {
        case .own: prediction.ownFluctuation
        case .below: prediction.belowFluctuation
        case .size, .change, .decay, .epsilon: prediction.fluctuation
        }
      if let fluctuation { all.append(fluctuation) }
    }
    return Set(all).sorted(by: >)
  }

  private func tolerance(_ kind: CheckProgram.Item.Kind, _ step: Int) -> Tolerance {
    switch kind {
    case .weight where step == 0: .initialSize
    case .weight where step == 1 && isSizeless, .own where step == 1 && isSizeless: .firstStep
    case .own: .own
    case .weight, .value, .below, .use: .usual
    }
  }

  /// What is promised, judged by measurement. A weight of which the derivation itself says that its own change vanishes, or
  /// does nothing, is promised nothing. Outputs always are.
  var promises: [PromiseRow] {
    let last = check.steps
    var rows: [PromiseRow] = []
    for (i, item) in subject.items.enumerated() {
      switch item.kind {
      case .value:
        let steps = Set([0, min(1, last), last]).sorted()
        if subject.scaled.contains(item.name) {
          rows += worst(
            steps.map { PromiseRow(item.name, .bounded, sample(i, .size, $0), shared: shared(i, .size, $0)) })
        }
        if item.name == subject.output, last > 0 {
          let shared = shared(i, .change, last)
          let row = PromiseRow(item.name, .learns, sample(i, .change, last), shared: shared)
          rows.append(shared == nil ? excused(row, by: .change) : row)
        }
      case .own:
        // A part of a value that grows makes the value grow, however long its other parts hide that.
        if last > 0, subject.scaledUses.contains(item.name) {
          rows += worst(
            Set([1, last]).sorted().map {
              PromiseRow(item.name, .steady, sample(i, .own, $0), shared: shared(i, .own, $0))
            })
        }
        guard last > 0, let own = expected[item.name]?[last]?.ownParts.max(), own >= 0 else { continue }
        if subject.scaledUses.contains(item.name) {
          let shared = shared(i, .own, last)
          let row = PromiseRow(item.name, .moves, sample(i, .own, last), shared: shared)
          rows.append(shared == nil ? excused(row, by: .own) : row)
        } else {
          let use = scale(of: i)
          let numbers = records.map { $0.map { $0.sizes[last][i] / $0.sizes[last][use] } }
          rows.append(excused(PromiseRow(item.name, .moves, Sample(widths: widths, numbers: numbers)), by: .own))
        }
      case .weight, .below, .use: break
      }
    }
    return rows
  }

  /// Of a promise at several steps the one that is broken first, or of which least can be told.
  private func worst(_ rows: [PromiseRow]) -> [PromiseRow] {
    let one = rows.first { $0.verdict == .disagrees } ?? rows.first { $0.verdict == .cannotTell } ?? rows.last
    return one.map { [$0] } ?? []
  }

  /// What vanishes no faster than a predicted part does, such as fluctuations or what the first update did, may still
  /// hide what is predicted not to vanish: nothing is told.
  private func excused(_ row: PromiseRow, by statistic: Statistic) -> PromiseRow {
    let parts = parts(statistic, row.value, check.steps)
    guard row.verdict == .disagrees, let slope = row.measured, let largest = parts.first, largest >= 0,
      let least = parts.first(where: { $0 < 0 }),
      slope + 3 * (row.standardError ?? 0) > least.double - Tolerance.usual.refutation
    else { return row }
    var row = row
    row.verdict = .cannotTell
    return row
  }
}

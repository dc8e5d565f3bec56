import TensorPrograms

extension DataTable: DataSource {
  public var contents: String {
    "\(labels.count) rows, \(featureCount) features, "
      + (classes.isEmpty ? "a number to predict" : "\(classes.count) classes")
      + (dropped > 0 ? "; \(dropped) rows with missing values left out" : "")
  }

  public var options: [String: String] {
    var options = ["features": "\(featureCount)"]
    if !classes.isEmpty { options["classes"] = "\(classes.count)" }
    if let side = side { options["image"] = "\(side)" }
    return options
  }

  /// The side of the square image that the features make, if they make one.
  private var side: Int? {
    let side = Int(Double(featureCount).squareRoot().rounded())
    return side * side == featureCount ? side : nil
  }

  public var rowCount: Int? { labels.count }

  /// One real input `[batch, features...]` and labels `[batch]`: classes, or a second real input, `[batch, classes]`
  /// (one-hot) or `[batch]` (standardized); or the features alone.
  public func fit(_ inputs: ProgramInputs) throws -> any BatchMaker {
    let slots = inputs.slots
    let other = "give --data shakespeare or a text for tokens, or --data random for inputs of any shape"
    guard slots.count <= 2, let x = slots.first(where: { $0.below == nil }), let batch = x.axes.first else {
      throw inputs.refused(by: name, other)
    }
    let sizes = try x.sizes(at: inputs.width)
    if labels.count < sizes[0] {
      throw DataError.tooFewRows(
        data: name, rows: labels.count, batch: sizes[0], dimension: batch.dimension.name)
    }
    let count = sizes.dropFirst().reduce(1, *)
    if count != featureCount {
      let axes = Array(x.axes.dropFirst())
      let isImage = axes.count == 3 && sizes[3] == 1
      throw DataError.mismatch(
        data: name, have: "\(featureCount) features", program: inputs.program,
        wants: "\(count) (\(axes.map(\.name).joined(separator: " x ")) of input \(x.name))",
        remedy: axes.count == 1
          ? remedy(axes, to: ["\(featureCount)"])
          : (isImage ? side : nil).map { remedy(axes, to: ["\($0)", "\($0)"]) }
            ?? "make the product of these dimensions \(featureCount)")
    }
    guard let y = slots.first(where: { $0.value != x.value }) else {
      return TableBatches(table: self, columns: [.features])
    }
    guard y.axes.first == batch else { throw inputs.refused(by: name, other) }
    if let below = y.below {
      guard y.axes.count == 1 else { throw inputs.refused(by: name, other) }
      if let noClasses { throw noClasses }
      try inputs.check(classes.count, "classes", of: name, below, exactly: true)
      return TableBatches(table: self, columns: slots.map { $0.below == nil ? .features : .classes })
    }
    guard y.axes.count <= 2 else { throw inputs.refused(by: name, other) }
    let outputs = try y.sizes(at: inputs.width).dropFirst().first ?? 1
    if outputs > 1, let noClasses { throw noClasses }
    if outputs > 1 { try inputs.check(classes.count, "classes", of: name, y.axes[1].dimension, exactly: true) }
    return TableBatches(
      table: self, columns: slots.map { $0.value == x.value ? .features : outputs > 1 ? .oneHot : .target })
  }

  public func parts(
    holdingOut fraction: Double, seed: UInt64
  ) throws -> (training: any DataSource, heldOut: any DataSource) {
    let held = try heldOut(fraction, of: labels.count, "rows")
    var order = Array(labels.indices)
    // A random stream different from those of the batches.
    var generator = SplitMix(seed, 0, .max)
    for i in 0..<held { order.swapAt(i, i + generator.below(labels.count - i)) }
    let print = "\(fingerprint), \(held) rows by seed \(seed)"
    return (
      DataTable(self, rows: order[held...].sorted(), name: name, fingerprint: print + " left out"),
      DataTable(self, rows: order[..<held].sorted(), name: heldOutName, fingerprint: print)
    )
  }

  /// Some rows of a table, with its classes and its standardization.
  private init(_ table: DataTable, rows: [Int], name: String, fingerprint: String) {
    self = table
    (self.name, self.fingerprint) = (name, fingerprint)
    features = rows.flatMap { table.features[$0 * featureCount..<($0 + 1) * featureCount] }
    (labels, targets) = (rows.map { table.labels[$0] }, rows.map { table.targets[$0] })
  }
}

/// Batches of rows.
private struct TableBatches: BatchMaker {
  /// What part of a row goes into an input.
  enum Column {
    case features
    /// The number of the class.
    case classes
    /// The class as a vector that is 1 at it and 0 elsewhere.
    case oneHot
    /// The label as a number, standardized.
    case target
  }

  let table: DataTable
  /// In the order of the inputs.
  let columns: [Column]

  func examples(_ draw: BatchDraw) -> [Int] {
    let (all, count) = (table.labels.count, draw.count)
    if draw.sampling == .fixed { return (0..<count).map { (Int(draw.seed % 1_000_003) * count + $0) % all } }
    if draw.sampling == .skewed {
      let first = table.labels.indices.filter { table.labels[$0] == 0 }
      return (0..<count).map { i in
        let place = Int(draw.seed % 1_000_003) * count + i
        return i % 2 == 1 && !first.isEmpty ? first[place / 2 % first.count] : place % all
      }
    }
    // Epochs of whole batches; rows left over at the end of an epoch are skipped.
    let perEpoch = all / count
    var generator = SplitMix(draw.seed, UInt64(draw.step / perEpoch), 0)
    var order = Array(0..<all)
    let start = draw.step % perEpoch * count
    for i in 0..<(start + count) { order.swapAt(i, i + generator.below(all - i)) }
    return Array(order[start..<start + count])
  }

  func entries(of rows: [Int], _ draw: BatchDraw) -> [InputValues.Contents] {
    let (width, classes) = (table.featureCount, table.classes.count)
    return columns.map { column in
      switch column {
      case .features: return .numbers(rows.flatMap { table.features[$0 * width..<($0 + 1) * width] })
      case .classes: return .indices(rows.map { table.labels[$0] })
      case .oneHot:
        return .numbers(rows.flatMap { row in (0..<classes).map { $0 == Int(table.labels[row]) ? 1 : 0 } })
      case .target: return .numbers(rows.map { table.targets[$0] })
      }
    }
  }
}

extension DataSource {
  /// The data in two parts without a common example: to train on, and to evaluate on.
  ///
  /// Of a table, rows drawn by the seed are held out; of a text, its end, which is read on its own, so that no window lies
  /// in both. Random data have no end: both parts are the whole, and other seeds give other examples. Features keep
  /// the mean and the deviation of the whole table.
  ///
  /// - Parameter fraction: of the rows or characters, rounded; more than 0 and less than 1.
  /// - Throws: ``DataError/split(data:fraction:reason:)`` if a part would have nothing.
  public func split(holdingOut fraction: Double, seed: UInt64 = 0) throws -> (training: DataSource, heldOut: DataSource)
  {
    guard fraction > 0, fraction < 1 else {
      throw DataError.split(data: name, fraction: fraction, reason: "it must be more than 0 and less than 1")
    }
    func count(_ all: Int, _ what: String) throws -> Int {
      let held = Int((Double(all) * fraction).rounded())
      guard held > 0, held < all else {
        throw DataError.split(data: name, fraction: fraction, reason: "of \(all) \(what), one part would have none")
      }
      return held
    }
    switch contents {
    case .table(let table):
      let held = try count(table.rowCount, "rows")
      var order = Array(0..<table.rowCount)
      // A stream of its own, beside those of batches.
      var generator = SplitMix(seed, 0, .max)
      for i in 0..<held { order.swapAt(i, i + generator.below(table.rowCount - i)) }
      return (
        DataSource(name: name, contents: .table(DataTable(table, rows: order[held...].sorted()))),
        DataSource(name: "\(name) (held out)", contents: .table(DataTable(table, rows: order[..<held].sorted())))
      )
    case .text(let text):
      let end = text.tokens.count - (try count(text.tokens.count, "characters"))
      return (
        DataSource(name: name, contents: .text(DataText(text, characters: 0..<end))),
        DataSource(name: "\(name) (held out)", contents: .text(DataText(text, characters: end..<text.tokens.count)))
      )
    case .noise: return (self, self)
    }
  }
}

extension DataTable {
  /// Some rows of a table, with its classes and its standardization.
  init(_ table: DataTable, rows: [Int]) {
    let width = table.featureCount
    features = rows.flatMap { table.features[$0 * width..<($0 + 1) * width] }
    labels = rows.map { table.labels[$0] }
    (featureCount, classes) = (width, table.classes)
    (mean, deviation) = (table.mean, table.deviation)
  }
}

extension DataText {
  /// A part of a text, with the vocabulary of the whole.
  init(_ text: DataText, characters: Range<Int>) {
    (tokens, vocabulary) = (Array(text.tokens[characters]), text.vocabulary)
  }
}

import Tensors

/// Examples in rows: features, and a class each.
public struct DataTable: Sendable {
  public internal(set) var name: String
  public internal(set) var fingerprint: String
  /// Row-major `[rows, features]`, standardized: mean 0 and population standard deviation 1 over all entries together.
  public internal(set) var features: [Double]
  /// The class of each row, below `classes.count`.
  public internal(set) var labels: [Int32]
  public let featureCount: Int
  /// The labels as the file writes them, sorted as numbers if they all are, else as text.
  public let classes: [String]
  /// What was subtracted from every entry, and then divided by.
  public let mean: Double
  public let deviation: Double

  /// The most classes that a table may have.
  public static let mostClasses = 65_536

  /// A table in memory, for tests and callers without files.
  ///
  /// Throws: ``DataError``.
  public init(text: String, name: String) throws {
    try self.init(DataFile.bytes(of: text, name: name), file: name, name: name)
  }

  /// Reads rows of numbers with a label last. The first row is a header if none of its features is a number, or if
  /// its label is a word and all others are numbers.
  ///
  /// Throws: ``DataError``.
  init(_ bytes: [UInt8], file: String, name: String) throws {
    self.name = name
    fingerprint = "table \(StableHash.fnv1a(bytes))"
    var header: [String]?
    var columns = 0
    var values: [Double] = []
    var texts: [String] = []
    var lines: [Int] = []
    var isFirst = true
    try DelimitedRows(bytes, file: file).read { line, fields in
      if isFirst {
        isFirst = false
        columns = fields.count
        guard columns >= 2 else { throw DataError.tooFewColumns(file: file, line: line) }
        if fields.dropLast().allSatisfy({ Double($0) == nil }) {
          header = fields
          return
        }
      }
      guard fields.count == columns else {
        throw DataError.ragged(file: file, line: line, columns: fields.count, expected: columns)
      }
      func place(_ column: Int) -> DataError.Place {
        .init(file: file, line: line, column: column + 1, header: header?[column])
      }
      for (column, text) in fields.enumerated() {
        if text.isEmpty { throw DataError.hole(place(column)) }
        let number = Double(text)
        if let number, !number.isFinite { throw DataError.notFinite(place(column), text: text) }
        if column < columns - 1 {
          guard let number else { throw DataError.notANumber(place(column), text: text) }
          values.append(number)
        }
      }
      texts.append(fields[columns - 1])
      lines.append(line)
    }
    if header == nil, let first = texts.first, Double(first) == nil, texts.count > 1,
      texts.dropFirst().allSatisfy({ Double($0) != nil })
    {
      header = []
      values.removeFirst(columns - 1)
      texts.removeFirst()
      lines.removeFirst()
    }
    guard !texts.isEmpty else { throw DataError.empty(file: file) }
    featureCount = columns - 1
    let column = columns
    (labels, classes) = try DataTable.classes(texts, file: file) { row in
      DataError.Place(file: file, line: lines[row], column: column, header: header?.last)
    }
    (mean, deviation) = DataTable.moments(values)
    guard deviation > 0, deviation.isFinite else { throw DataError.constantFeatures(file: file) }
    let (shift, scale) = (mean, deviation)
    features = values.map { ($0 - shift) / scale }
  }

  /// Numbers the different labels: whole numbers by size, words alphabetically.
  private static func classes(
    _ texts: [String], file: String, place: (Int) -> DataError.Place
  ) throws -> ([Int32], [String]) {
    let numbers = texts.map { Double($0) }
    let ordered: [String]
    let keys: [String]
    if numbers.allSatisfy({ $0 != nil }) {
      if let row = numbers.firstIndex(where: { $0! != $0!.rounded() || $0!.magnitude > 1e15 }) {
        throw DataError.fractionalLabel(place(row), text: texts[row])
      }
      let whole = numbers.map { Int64($0!) }
      ordered = Set(whole).sorted().map { "\($0)" }
      keys = whole.map { "\($0)" }
    } else {
      ordered = Set(texts).sorted()
      keys = texts
    }
    guard ordered.count > 1 else { throw DataError.singleClass(file: file, label: ordered[0]) }
    guard ordered.count <= mostClasses else {
      throw DataError.tooManyClasses(file: file, count: ordered.count, limit: mostClasses)
    }
    let number = Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, Int32($0)) })
    return (keys.map { number[$0]! }, ordered)
  }

  /// Mean and population standard deviation, in two passes.
  private static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = average(values) { $0 }
    let square = average(values) { ($0 - mean) * ($0 - mean) }
    return (mean, square.squareRoot())
  }

  /// The mean of terms, summed with compensation (Kahan).
  private static func average(_ values: [Double], _ term: (Double) -> Double) -> Double {
    var (sum, lost) = (0.0, 0.0)
    for value in values {
      let corrected = term(value) - lost
      let next = sum + corrected
      lost = (next - sum) - corrected
      sum = next
    }
    return sum / Double(values.count)
  }
}

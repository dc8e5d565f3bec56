import Tensors

/// Examples in rows: features, and a class or a number to predict each.
public struct DataTable: Sendable {
  public internal(set) var name: String
  public internal(set) var fingerprint: String
  /// Row-major `[rows, features]`, standardized: mean 0 and population standard deviation 1, each column by itself (0 if it
  /// is constant), or where all have one unit, as pixels do, all entries together.
  public internal(set) var features: [Double]
  /// The class of each row, below `classes.count`. Of numbers that are no classes, 0 up to their mean and 1 above.
  public internal(set) var labels: [Int32]
  /// The labels as numbers (of words the numbers of their classes), standardized.
  public internal(set) var targets: [Double]
  public let featureCount: Int
  /// The labels as the file writes them, sorted as numbers if they all are, else as text; none if they are numbers that
  /// are no classes, of which some are no whole numbers.
  public let classes: [String]
  /// What was subtracted from the entries of each column, and then divided by.
  public let means: [Double]
  public let deviations: [Double]
  /// Rows that were left out, as a field of theirs has no value.
  public let dropped: Int
  /// Why the labels are no classes, if they are none.
  let noClasses: DataError?

  /// The most classes that a table may have.
  public static let mostClasses = 65_536

  /// A table in memory, for tests and callers without files.
  ///
  /// Throws: ``DataError``.
  public init(text: String, name: String, reading: TableReading = TableReading()) throws {
    try self.init(DataFile.bytes(of: text, name: name), file: name, name: name, reading: reading)
  }

  /// Reads rows of numbers with a label. The first row is a header if none of its features is a number, or if its label is
  /// a word and all others are numbers.
  ///
  /// - Parameter isOneUnit: whether all features are numbers of one unit.
  /// - Throws: ``DataError``.
  init(
    _ bytes: [UInt8], file: String, name: String, reading: TableReading = TableReading(), isOneUnit: Bool = false
  ) throws {
    let rows = try TableRows(bytes, file: file, reading: reading)
    self.name = name
    fingerprint =
      "table \(StableHash.fnv1a(bytes))" + (isOneUnit ? "" : ", by columns")
      + (reading.label.map { ", label \($0)" } ?? "") + (reading.dropsMissing ? ", without missing" : "")
    (featureCount, dropped) = (rows.columns - 1, rows.dropped)
    let found = try Labels(rows, file: file)
    (labels, classes, noClasses) = (found.numbers, found.classes, found.noClasses)
    targets = DataTable.standardized(found.values).values
    var columns = (0..<featureCount).map { column in
      stride(from: column, to: rows.values.count, by: rows.columns - 1).map { rows.values[$0] }
    }
    if isOneUnit {
      let (mean, deviation) = DataTable.moments(rows.values)
      (means, deviations) = (columns.map { _ in mean }, columns.map { _ in deviation })
    } else {
      let moments = columns.map(DataTable.moments)
      (means, deviations) = (moments.map(\.mean), moments.map(\.deviation))
    }
    guard deviations.contains(where: { $0 > 0 }), deviations.allSatisfy(\.isFinite) else {
      throw DataError.constantFeatures(file: file)
    }
    for (k, (mean, deviation)) in zip(means, deviations).enumerated() {
      columns[k] = columns[k].map { deviation > 0 ? ($0 - mean) / deviation : 0 }
    }
    let count = labels.count
    features = (0..<count).flatMap { row in columns.map { $0[row] } }
  }

  private static func standardized(_ values: [Double]) -> (values: [Double], mean: Double) {
    let (mean, deviation) = moments(values)
    return (values.map { deviation > 0 ? ($0 - mean) / deviation : 0 }, mean)
  }

  /// Mean and population standard deviation, in two passes.
  static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
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

/// The labels of a table: classes if they are words or whole numbers.
private struct Labels {
  var numbers: [Int32]
  var classes: [String]
  /// As numbers; of words the numbers of their classes.
  var values: [Double]
  var noClasses: DataError?

  /// Numbers the different labels: whole numbers by size, words alphabetically.
  init(_ rows: TableRows, file: String) throws {
    let texts = rows.labels
    guard Set(texts).count > 1 else { throw DataError.singleClass(file: file, label: texts[0]) }
    let found = texts.compactMap { Double($0) }
    if found.count < texts.count {
      classes = Set(texts).sorted()
      guard classes.count <= DataTable.mostClasses else {
        throw DataError.tooManyClasses(file: file, count: classes.count, limit: DataTable.mostClasses)
      }
      let number = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Int32($0)) })
      numbers = texts.compactMap { number[$0] }
      values = numbers.map(Double.init)
      return
    }
    values = found
    let different = Set(found).sorted()
    if let row = found.firstIndex(where: { $0 != $0.rounded() || $0.magnitude > 1e15 }) {
      noClasses = .fractionalLabel(rows.place(row), text: texts[row])
    } else if different.count > DataTable.mostClasses {
      noClasses = .tooManyClasses(file: file, count: different.count, limit: DataTable.mostClasses)
    }
    guard different.count > 1 else { throw DataError.singleClass(file: file, label: texts[0]) }
    guard noClasses == nil else {
      let mean = DataTable.moments(found).mean
      (numbers, classes) = (found.map { $0 <= mean ? 0 : 1 }, [])
      return
    }
    classes = different.map { "\(Int64($0))" }
    let number = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, Int32($0)) })
    numbers = found.compactMap { number[$0] }
  }
}

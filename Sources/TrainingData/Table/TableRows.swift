/// The rows of a table in a file as numbers and labels, before anything is made of them.
struct TableRows {
  /// Row-major, without the labels.
  private(set) var values: [Double] = []
  private(set) var labels: [String] = []
  /// Columns, that of the label among them.
  private(set) var columns = 0
  /// Rows left out, as a field has no value.
  private(set) var dropped = 0
  private let file: String
  private let reading: TableReading
  private var lines: [Int] = []
  private var header: [String]?
  /// The column of the label.
  private var label = 0

  /// The place of a row's label.
  func place(_ row: Int) -> DataError.Place { place(line: lines[row], column: label) }

  private func place(line: Int, column: Int) -> DataError.Place {
    .init(file: file, line: line, column: column + 1, header: header?[column])
  }

  /// Throws: ``DataError``.
  init(_ bytes: [UInt8], file: String, reading: TableReading) throws {
    (self.file, self.reading) = (file, reading)
    try DelimitedRows(bytes, file: file).read { line, fields in
      if columns == 0, try begin(line, fields) { return }
      try add(line, fields)
    }
    // Names of columns that are numbers, but for that of the label.
    if header == nil, let first = labels.first, Double(first) == nil, labels.count > 1,
      labels.dropFirst().allSatisfy({ Double($0) != nil })
    {
      values.removeFirst(columns - 1)
      labels.removeFirst()
      lines.removeFirst()
    }
    guard !labels.isEmpty else { throw DataError.empty(file: file) }
  }

  /// Takes the number of columns, and their names if this row has them; whether it does.
  private mutating func begin(_ line: Int, _ fields: [String]) throws -> Bool {
    columns = fields.count
    guard columns >= 2 else { throw DataError.tooFewColumns(file: file, line: line) }
    label = try reading.column(fields, file: file)
    let isNamed = reading.label == fields[label] && Double(fields[label]) == nil
    let others = fields.indices.filter { $0 != label && !(reading.dropsMissing && reading.isMissing(fields[$0])) }
    guard isNamed || others.allSatisfy({ Double(fields[$0]) == nil }) && !others.isEmpty else { return false }
    header = fields
    return true
  }

  private mutating func add(_ line: Int, _ fields: [String]) throws {
    guard fields.count == columns else {
      throw DataError.ragged(file: file, line: line, columns: fields.count, expected: columns)
    }
    if reading.dropsMissing, fields.contains(where: reading.isMissing) {
      dropped += 1
      return
    }
    for (column, text) in fields.enumerated() {
      if text.isEmpty { throw DataError.hole(place(line: line, column: column)) }
      let number = Double(text)
      if let number, !number.isFinite { throw DataError.notFinite(place(line: line, column: column), text: text) }
      if column != label {
        guard let number else { throw DataError.notANumber(place(line: line, column: column), text: text) }
        values.append(number)
      }
    }
    labels.append(fields[label])
    lines.append(line)
  }
}

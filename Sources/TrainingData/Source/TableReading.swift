/// How a table in a file is read.
public struct TableReading: Sendable, Equatable {
  /// The column of the label, by name or by number from 1 on; the last one if nil.
  public var label: String?
  /// Whether rows are left out that have a field without a value, instead of refused.
  public var dropsMissing: Bool

  public init(label: String? = nil, dropsMissing: Bool = false) {
    (self.label, self.dropsMissing) = (label, dropsMissing)
  }

  /// What stands where a value is missing, lower case.
  private static let marks: Set<String> = ["", "na", "n/a", "nan", "null", "none", "?", "-"]

  func isMissing(_ text: String) -> Bool { TableReading.marks.contains(text.lowercased()) }

  /// Which column the label is: the one of this name in the first row, or of this number.
  ///
  /// Throws: ``DataError/unknownColumn(file:name:known:)``.
  func column(_ first: [String], file: String) throws -> Int {
    guard let label else { return first.count - 1 }
    if let column = first.firstIndex(of: label), Double(label) == nil { return column }
    guard let number = Int(label), (1...first.count).contains(number) else {
      throw DataError.unknownColumn(file: file, name: label, known: first.filter { Double($0) == nil })
    }
    return number - 1
  }
}

/// A table for a terminal: columns aligned, numbers to the right, no trailing spaces, empty columns left out.
public struct TextTable {
  public enum Alignment: Sendable { case left, right }
  public var header: [String]
  public var alignments: [Alignment]
  public private(set) var rows: [[String]] = []

  public init(_ columns: [(title: String, alignment: Alignment)]) {
    header = columns.map(\.title)
    alignments = columns.map(\.alignment)
  }

  public mutating func append(_ row: [String]) {
    rows.append(row + Array(repeating: "", count: max(0, header.count - row.count)))
  }

  /// The table as text, two spaces between columns.
  public var text: String {
    let all = (header.allSatisfy(\.isEmpty) ? [] : [header]) + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (column, cell) in row.prefix(header.count).enumerated() where widths[column] > 0 {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (alignments[column] == .right ? space + cell : cell + space) + "  "
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

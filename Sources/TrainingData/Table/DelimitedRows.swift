/// The rows of a table in a file: fields between commas, semicolons or tabs, with or without quotation marks.
struct DelimitedRows {
  let file: String
  private let bytes: [UInt8]
  private let separator: UInt8

  /// The separator is the one that the first line has most of, blank lines and comments apart.
  init(_ bytes: [UInt8], file: String) {
    (self.bytes, self.file) = (bytes, file)
    var counts: [UInt8: Int] = [:]
    var (start, line) = (0, 1)
    while DelimitedRows.skip(bytes, &start, &line, before: bytes.count) {}
    for byte in bytes[start...] {
      if byte == 10 || byte == 13 { break }
      counts[byte, default: 0] += 1
    }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    separator = candidates.reversed().max { counts[$0, default: 0] < counts[$1, default: 0] } ?? candidates[0]
  }

  /// Goes past a blank line, or one that begins with `#`; false if the line at `i` is neither.
  private static func skip(_ bytes: [UInt8], _ i: inout Int, _ line: inout Int, before end: Int) -> Bool {
    var j = i
    while j < end, bytes[j] == 32 { j += 1 }
    guard j < end, [10, 13, UInt8(ascii: "#")].contains(bytes[j]) else { return false }
    while j < end, bytes[j] != 10, bytes[j] != 13 { j += 1 }
    if j < end, bytes[j] == 13 { j += 1 }
    if j < end, bytes[j] == 10 { j += 1 }
    (i, line) = (j, line + 1)
    return true
  }

  /// Calls `body` with the line number (from 1) and the trimmed fields of each row; blank lines and those that begin
  /// with `#` are left out.
  ///
  /// Throws: ``DataError/openQuote(file:line:)``, and what `body` throws.
  func read(_ body: (_ line: Int, _ fields: [String]) throws -> Void) throws {
    var end = bytes.count
    while end > 0, bytes[end - 1] <= 32, bytes[end - 1] != separator { end -= 1 }
    var (i, line) = (0, 1)
    var fields: [String] = []
    while i < end {
      if DelimitedRows.skip(bytes, &i, &line, before: end) { continue }
      let first = line
      fields.removeAll(keepingCapacity: true)
      var rowEnded = false
      while !rowEnded {
        while i < end, bytes[i] == 32 { i += 1 }
        var field: String
        if i < end, bytes[i] == UInt8(ascii: "\"") {
          field = try quoted(&i, end, &line)
        } else {
          let start = i
          while i < end, bytes[i] != separator, bytes[i] != 10, bytes[i] != 13 { i += 1 }
          var stop = i
          while stop > start, bytes[stop - 1] == 32 { stop -= 1 }
          field = String(decoding: bytes[start..<stop], as: UTF8.self)
        }
        fields.append(field)
        if i < end, bytes[i] == separator {
          i += 1
          if i == end {
            fields.append("")
            rowEnded = true
          }
        } else {
          if i < end, bytes[i] == 13 { i += 1 }
          if i < end, bytes[i] == 10 { i += 1 }
          line += 1
          rowEnded = true
        }
      }
      try body(first, fields)
    }
  }

  /// A field in quotation marks; two in a row stand for one. Text after the closing one is dropped.
  private func quoted(_ i: inout Int, _ end: Int, _ line: inout Int) throws -> String {
    let opened = line
    var text: [UInt8] = []
    i += 1
    while true {
      guard i < end else { throw DataError.openQuote(file: file, line: opened) }
      if bytes[i] == UInt8(ascii: "\"") {
        i += 1
        guard i < end, bytes[i] == UInt8(ascii: "\"") else { break }
      } else if bytes[i] == 10 {
        line += 1
      }
      text.append(bytes[i])
      i += 1
    }
    while i < end, bytes[i] != separator, bytes[i] != 10, bytes[i] != 13 { i += 1 }
    return String(decoding: text, as: UTF8.self)
  }
}

import Foundation
import Testing

@testable import Verification

/// What is in a record's file is never lost, whatever it is.
@Suite struct CellRecordTests {
  struct Settings: StudySettings {
    var seeds = 1
    var options = ""
    var texts: [(name: String, text: String)] { [("seeds", "\(seeds)"), ("options", options)] }
  }

  struct Cell: ArchitectureCell {
    typealias Settings = CellRecordTests.Settings
    static let study = "inquiry"
    var architecture: String
    var optimizer = "adam"
    var derivation = "d"
    var error: String?
  }

  /// A file with this text; none if nil.
  private func with(_ text: String?, _ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".jsonl").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: file)) }
    try body(file)
  }

  private func open(_ file: String, _ settings: Settings = Settings()) throws -> CellRecord<Cell> {
    try CellRecord(file: file, settings: settings)
  }

  /// Why a file can't be opened; nil if it can.
  private func problem(_ file: String, _ settings: Settings = Settings()) -> RecordError? {
    do throws(RecordError) {
      _ = try CellRecord<Cell>(file: file, settings: settings)
      return nil
    } catch {
      return error
    }
  }

  private func text(_ file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

  private func written(_ cells: [Cell]) throws -> String {
    var result = ""
    try with(nil) { file in
      let record = try open(file)
      for cell in cells { try record.add(cell) }
      result = try text(file)
    }
    return result
  }

  @Test func goesOn() throws {
    let lines = try written([Cell(architecture: "a"), Cell(architecture: "b", error: "no"), Cell(architecture: "c")])
    try with(lines) { file in
      let record = try open(file)
      #expect(record.cutLines.isEmpty)
      #expect(record.current("a", "adam", derivation: "d") == Cell(architecture: "a"))
      #expect(record.current("a", "adam", derivation: "e") == nil && record.current("a", "sgd", derivation: "d") == nil)
      #expect(record.current("b", "adam", derivation: "d") == nil && record.cell("b", "adam")?.error == "no")
      try record.add(Cell(architecture: "b"))
      #expect(try open(file).current("b", "adam", derivation: "d") == Cell(architecture: "b"))
      #expect(try text(file).hasPrefix(lines))
    }
  }

  /// Wherever the writing of the last line was interrupted, what is there stays, and the record goes on after it.
  @Test func cutLines() throws {
    let (first, second) = (try written([Cell(architecture: "a")]), try written([Cell(architecture: "b")]))
    for kept in 0...second.count {
      let before = first + second.prefix(kept)
      try with(before) { file in
        let record = try open(file)
        // All but the end of the line is a whole cell too.
        let isWhole = kept >= second.count - 1
        #expect(record.cutLines == (kept == 0 || isWhole ? [] : [2]), "\(kept)")
        #expect((record.cell("b", "adam") != nil) == isWhole)
        #expect(try text(file) == before)
        try record.add(Cell(architecture: "c"))
        try record.add(Cell(architecture: "d"))
        let again = try open(file)
        #expect(again.cutLines == record.cutLines && again.cell("a", "adam") != nil)
        #expect(again.cell("c", "adam") != nil && again.cell("d", "adam") != nil)
        #expect(try text(file).hasPrefix(before))
      }
    }
  }

  /// A file of something else is refused, with or without an end of its last line, and left as it is.
  @Test(arguments: [
    "my notes", "my notes\n", "{}", "{}\n", "a,b\n1,2", "[1, 2", "\n\nx", "{\"cell\":{}}", "{\"cells\":{\"a\":1}",
  ])
  func foreign(_ content: String) throws {
    try with(content) { file in
      let error = problem(file)
      guard case .malformed = error else {
        Issue.record("\(error.map { "\($0)" } ?? "it was taken for a record")")
        return
      }
      #expect(error?.description.contains("not a cell of an inquiry: ") == true)
      let after = try text(file)
      #expect(after == content)
    }
  }

  @Test func otherSettings() throws {
    let lines = try written([Cell(architecture: "a")])
    try with(lines) { file in
      let expected = RecordError.otherSettings(
        file: file, line: 1, differences: ["seeds 1 there, 2 here", "options none there, x=1 here"])
      #expect(problem(file, Settings(seeds: 2, options: "x=1")) == expected)
      let after = try text(file)
      #expect(after == lines)
    }
  }

  @Test func noFile() throws {
    try with(nil) { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      #expect(problem(folder) == .unwritable(file: folder, reason: "Is a directory"))
      #expect(problem(folder + "/none/there") != nil)
    }
  }
}

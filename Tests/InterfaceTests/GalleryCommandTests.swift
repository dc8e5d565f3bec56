import Foundation
import Testing
import Widthwise

/// `widthwise gallery`: what it prints, and that it goes on where it was.
@Suite struct GalleryCommandTests {
  /// Small enough for every test.
  static let small = "--widths 16,32,64 --base 32 --steps 1"

  private func run(_ line: String) throws -> Tool.Outcome { try Tool.run(line: "widthwise gallery \(line)") }

  /// `status`: nil if it does not matter what was found, at widths so small.
  private func report(_ line: String, status: Int32? = nil) throws -> GalleryReport {
    let outcome = try run(line + " --json")
    #expect(outcome.status == status ?? outcome.status && outcome.errors.isEmpty, "\(line): \(outcome.errors)")
    return try JSONDecoder().decode(GalleryReport.self, from: Data(outcome.output.utf8))
  }

  /// A path for a record, removed afterwards.
  private func temporary(_ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try body(file.path)
  }

  private func lines(_ file: String) throws -> [String] {
    try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func quick() throws {
    let report = try report("mlp autoencoder --optimizers adam,muon+adamw --quick", status: 0)
    #expect(report.cells.map(\.architecture) == ["mlp", "mlp", "autoencoder", "autoencoder"])
    #expect(report.cells.map(\.optimizer) == ["adam", "muon+adamw", "adam", "muon+adamw"])
    for cell in report.cells {
      #expect(cell.widths == [32, 64, 128, 256] && cell.leftOut.isEmpty && cell.error == nil)
      #expect(cell.data == (cell.architecture == "mlp" ? "digits" : "random"))
      #expect(cell.agree + cell.disagree + cell.mixed + cell.cannotTell == cell.rows)
      #expect(cell.disagree == 0 && cell.agree * 2 > cell.rows && cell.diverged == 0, "\(cell)")
    }
  }

  @Test func tables() throws {
    let table = try run("mlp --optimizers adam \(Self.small)").output
    #expect(table.hasPrefix("     adam\nmlp  ") && table.contains(" agree, 0 disagree\n"))
    #expect(table.contains("1 of 1 cells without contradiction"))
    let page = try run("mlp --optimizers adam \(Self.small) --markdown").output
    #expect(page.contains("| architecture | adam |\n|---|---|\n| `mlp` | "))
    #expect(page.contains("Widths 16,32,64, 4 seeds, 1 step, base width 32"))
    #expect(page.contains("widthwise gallery mlp --optimizers adam \(Self.small) --markdown\n"))
  }

  /// Cells that are in the record are not run again: they come back with the seconds that they took.
  @Test func resume() throws {
    try temporary { file in
      let line = "mlp autoencoder --optimizers sgd,adam \(Self.small) --record \(file)"
      let first = try report(line)
      let recorded = try lines(file)
      #expect(recorded.count == 4)
      #expect(try report(line).cells == first.cells)
      #expect(try lines(file) == recorded)

      // The last line is cut off in its middle: that is told, that cell is run again, and no other; nothing is removed.
      let cut = Data(recorded.joined(separator: "\n").utf8.dropLast(60))
      try cut.write(to: URL(fileURLWithPath: file))
      let outcome = try run(line + " --json")
      #expect(outcome.errors == "\(file), line 4, was cut off when it was written; its cell is made again\n")
      let again = try JSONDecoder().decode(GalleryReport.self, from: Data(outcome.output.utf8))
      #expect(try Data(contentsOf: URL(fileURLWithPath: file)).starts(with: cut) && lines(file).count == 5)
      #expect(zip(again.cells, first.cells).count { $0 == $1 } == 3)
      #expect(again.cells.map(\.agree) == first.cells.map(\.agree))

      // More is asked for: what is there counts.
      let larger = try run("mlp autoencoder --optimizers sgd,adam,lion,sgd \(Self.small) --record \(file) --json")
      let more = try JSONDecoder().decode(GalleryReport.self, from: Data(larger.output.utf8))
      #expect(more.cells.filter { $0.optimizer != "lion" } == again.cells)
      #expect(try lines(file).count == 7)
    }
  }

  /// A cell of another derivation is run again; one that disagrees decides the exit status.
  @Test func changedRecord() throws {
    try temporary { file in
      let line = "mlp --optimizers sgd,adam \(Self.small) --record \(file)"
      let first = try report(line)
      var text = try lines(file)
      text[0] = text[0].replacing(/"derivation":"[0-9a-f]{16}"/, with: "\"derivation\":\"0000000000000000\"")
      try (text.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try report(line).cells.map(\.derivation) == first.cells.map(\.derivation))
      #expect(try lines(file).count == 3)

      text = try lines(file).map { $0.replacing("\"disagree\":0", with: "\"disagree\":2") }
      try (text.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      let outcome = try run(line)
      #expect(outcome.status == 1 && outcome.output.contains("0 of 2 cells without contradiction"))
    }
  }

  @Test func badRecord() throws {
    try temporary { file in
      let line = "mlp --optimizers sgd,adam --widths 16,32,64 --base 32 --record \(file)"
      _ = try report(line + " --steps 1")
      let other = try run(line + " --steps 2 --seeds 1")
      #expect(other.status == 3 && other.output.isEmpty)
      #expect(other.errors.contains("line 1, is of other settings: seeds 4 there, 1 here; steps 1 there, 2 here;"))

      var text = try lines(file)
      text[0] = text[0].replacing("\"rows\":", with: "\"row\":")
      try (text.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      let broken = try run(line + " --steps 1")
      #expect(broken.status == 3 && broken.errors.contains("line 1: not a cell of a gallery: \"rows\" is missing"))

      // What is no record is left alone.
      try "my notes".write(toFile: file, atomically: true, encoding: .utf8)
      let notes = try run(line + " --steps 1")
      #expect(notes.status == 3 && notes.errors.contains("line 1: not a cell of a gallery: it is no JSON"))
      #expect(try lines(file) == ["my notes"])
    }
  }

  /// A cell that throws says why, and the others go on; with a record it is tried again.
  @Test func error() throws {
    try temporary { file in
      let line = "mlp --optimizers 'sgd; adamw, blocks.*=sgd' \(Self.small) --record \(file)"
      let report = try report(line, status: 1)
      #expect(report.cells.map { $0.error == nil } == [true, false])
      #expect(report.cells[0].rows > 0 && report.cells[1].rows == 0)
      let outcome = try run(line)
      #expect(outcome.status == 1 && outcome.output.contains("1 cell could not be measured"))
      #expect(outcome.output.contains("blocks.*") && outcome.output.contains("  error\n"))
      #expect(try lines(file).count == 3)
    }
  }

  @Test func widthsLeftOut() throws {
    let line = "resnet --optimizers sgd --widths 32,64,128,256 --base 64 --steps 1 --with depth=1"
    let refused = try report(line + " --with channels=n/64").cells[0]
    #expect(refused.widths == [64, 128, 256] && refused.leftOut.map(\.width) == [32])
    #expect(refused.leftOut[0].reason.contains("channels"), "\(refused.leftOut)")
    let late = try run(line + " --limit 0.000001").output
    #expect(late.contains(", to 128\n") && late.contains("resnet, sgd: without width 256: more than "))
  }

  @Test(arguments: [
    ("mlpp", "no built-in architecture and no file named \"mlpp\"; did you mean \"mlp\"?"),
    ("mlp --optimizers sgd,adm", "did you mean \"adam\"?"),
    ("mlp --optimizers ''", "optimizer"),
    ("mlp --with dept=1", "--with dept=1: no architecture here has an option \"dept\""),
    ("mlp --with depth", "\"depth\": write name=value, as depth=1"),
    ("mlp --seeds 0", "at least one seed is needed"),
    ("mlp --limit=-1", "a time limit is a number of seconds above 0"),
    ("mlp --widths 64", "at least two different widths"),
    ("mlp --base 0", "a width is at least 1"),
  ])
  func wrong(_ line: String, _ message: String) throws {
    let outcome = try run(line)
    #expect(outcome.status == 64 && outcome.output.isEmpty && outcome.errors.contains(message), "\(outcome)")
  }

  @Test func page() throws {
    try temporary { file in
      let line = "mlp --optimizers sgd \(Self.small) --page \(file)"
      try "a\n".write(toFile: file, atomically: true, encoding: .utf8)
      let without = try run(line)
      #expect(without.status == 3 && without.errors.contains("has no place for the table"))
      try "a\n\(GalleryMarks.begin)\nold\n\(GalleryMarks.end)\nb\n".write(
        toFile: file, atomically: true, encoding: .utf8)
      #expect(try run(line).status == 0)
      let text = try lines(file)
      #expect(text.first == "a" && text.last == "b" && !text.contains("old"))
      #expect(text.contains { $0.hasPrefix("| `mlp` | ") })
    }
  }

  /// The note has a place for the table, and names every page of the gallery.
  @Test func note() throws {
    let page = try String(contentsOf: NotesTests.root.appendingPathComponent("Notes/Gallery.md"), encoding: .utf8)
    #expect(page.contains(GalleryMarks.begin + "\n") && page.contains(GalleryMarks.end + "\n"))
    for note in NotesTests.notes where note.hasPrefix("Gallery/") {
      #expect(page.contains("](\(note))"), "Notes/Gallery.md does not link to \(note)")
    }
  }
}

import Foundation
import Testing
import Widthwise

/// `widthwise transfer`: what it prints and writes, its statuses, and that a killed one goes on where it was.
@Suite struct TransferCommandTests {
  /// Small enough for every test.
  static let small =
    "mlp --depth 1 --batch 8 --data random --widths 8,16,32 --rates=-8..-5 --seeds 2 --steps 6 --grow 3 --workers 1"

  private func temporary(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("transfer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func run(_ line: String) throws -> Tool.Outcome { try Tool.run(line: "widthwise transfer \(line)") }

  private func status(_ verdict: TransferVerdict) -> Int32 {
    switch verdict {
    case .transfers: 0
    case .drifts: 1
    case .cannotTell: 2
    }
  }

  @Test func files() throws {
    try temporary { folder in
      let (page, csv) = (folder.appendingPathComponent("p.html"), folder.appendingPathComponent("c.csv"))
      let files = "--report \(page.path) --csv \(csv.path)"
      let json = try run("\(Self.small) \(files) --json")
      let report = try JSONDecoder().decode(TransferReport.self, from: Data(json.output.utf8))
      #expect(json.errors.isEmpty && json.status == status(report.verdict))
      #expect(report.result.arms.map(\.name) == ["maximal update", "standard"] && report.base == 8)
      #expect(report.result.arms.allSatisfy { $0.widths.map(\.curve.width) == [8, 16, 32] })
      let runs = report.result.arms.flatMap(\.widths).flatMap(\.curve.scores).joined().count
      #expect(try String(contentsOf: csv, encoding: .utf8).split(separator: "\n").count == 1 + runs && runs >= 48)
      #expect(try String(contentsOf: page, encoding: .utf8).contains("</html>"))
      // The same as a table, and the runs on standard output.
      let table = try run("\(Self.small) --report none")
      #expect(table.output.contains(report.table) && table.output.contains(report.sentences[0]))
      #expect(table.status == json.status && !table.output.contains("report:"))
      let printed = try run("\(Self.small) --report none --csv - --workers 2")
      #expect(try printed.output == String(contentsOf: csv, encoding: .utf8) && printed.errors.contains(report.table))
    }
  }

  /// Killed again and again, and each time begun anew, it ends with the same answer, and makes no run twice.
  @Test func killed() throws {
    try temporary { folder in
      func line(_ record: URL) -> [String] {
        Tool.split("transfer \(Self.small) --report none --csv - --record \(record.path)")
      }
      let (whole, torn) = (folder.appendingPathComponent("whole"), folder.appendingPathComponent("torn"))
      let alone = try Tool.run(line(whole))
      func lines(_ file: URL) -> [Substring] {
        // Before the first run there is no file.
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.hasSuffix("}") }
      }
      var kills = 0
      for target in [1, 7, 20, 33] {
        let process = Process()
        (process.executableURL, process.arguments) = (Tool.executable, line(torn))
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        while process.isRunning, lines(torn).count < target { usleep(500) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal { kills += 1 }
      }
      #expect(kills >= 3)
      let resumed = try Tool.run(line(torn))
      #expect(resumed.output == alone.output && resumed.status == alone.status)
      // Runs are told by their recipe's fingerprint: each is there once.
      #expect(lines(torn).sorted() == lines(whole).sorted() && Set(lines(torn)).count == lines(torn).count)
    }
  }

  @Test func otherRecords() throws {
    try temporary { folder in
      let file = folder.appendingPathComponent("notes")
      try Data("my notes\n".utf8).write(to: file)
      let outcome = try run("\(Self.small) --report none --record \(file.path)")
      #expect(outcome.status == 3 && outcome.errors.contains("not a cell of a study of transfer"), "\(outcome.errors)")
      #expect(try String(contentsOf: file, encoding: .utf8) == "my notes\n")
    }
  }
}

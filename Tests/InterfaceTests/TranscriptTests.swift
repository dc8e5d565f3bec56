import Foundation
import Testing

/// Commands with what they print, in files that are read as one would read a terminal.
///
/// A line `$ widthwise ...` is a command. After it comes its output, then standard error with `! ` before each line,
/// then `= STATUS` if the exit status is not 0. `WIDTHWISE_RECORD=1 swift test --filter TranscriptTests` writes the
/// files anew.
@Suite struct TranscriptTests {
  static let folder = Tool.directory.appendingPathComponent("Transcripts")
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
    $0.hasSuffix(".txt")
  }.sorted()

  @Test func thereAreTranscripts() { #expect(Self.names.count >= 5) }

  @Test(arguments: names) func transcript(_ name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    let text = try String(contentsOf: file, encoding: .utf8)
    var recorded = ""
    for entry in Self.entries(text) {
      guard let command = entry.command else {
        recorded += entry.text
        continue
      }
      let found = try Self.transcribe(command)
      recorded += found
      if !Self.isRecording { #expect(found == entry.text, "\(name): $ \(command)") }
    }
    if Self.isRecording { try recorded.write(to: file, atomically: true, encoding: .utf8) }
  }

  static var isRecording: Bool { ProcessInfo.processInfo.environment["WIDTHWISE_RECORD"] == "1" }

  /// A command as it stands in a transcript, with an empty line after it.
  static func transcribe(_ command: String) throws -> String {
    let outcome = try Tool.run(line: command)
    var text = "$ \(command)\n" + outcome.output
    if !outcome.output.isEmpty, !outcome.output.hasSuffix("\n") { text += "\n" }
    for line in outcome.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      text += line.isEmpty ? "!\n" : "! \(line)\n"
    }
    if outcome.status != 0 { text += "= \(outcome.status)\n" }
    return text + "\n"
  }

  /// Commands with their text; what stands before the first is a comment.
  static func entries(_ text: String) -> [(command: String?, text: String)] {
    var result: [(command: String?, text: String)] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("$ ") {
        result.append((String(line.dropFirst(2)), ""))
      } else if result.isEmpty {
        result.append((nil, ""))
      }
      result[result.count - 1].text += line + "\n"
    }
    return result
  }
}

/// The transcripts in the notes: what they show is what the tool prints.
@Suite struct NotesTests {
  static let folder = Tool.directory.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
    "Notes")
  static let pages = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
    $0.hasSuffix(".md")
  }.sorted()

  @Test(arguments: pages) func transcripts(_ page: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(page), encoding: .utf8)
    for block in text.components(separatedBy: "```console\n").dropFirst() {
      let lines = block.components(separatedBy: "\n```")[0].components(separatedBy: "\n")
      let command = String(lines[0].dropFirst(2))
      let found = try Tool.run(line: command).output.components(separatedBy: "\n")
      let shown = Self.pattern(Array(lines.dropFirst()))
      #expect(Self.matches(found[...], shown[...]), "\(page): $ \(command) prints\n\(found.joined(separator: "\n"))")
    }
  }

  /// Links between pages lead somewhere.
  @Test(arguments: pages) func links(_ page: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(page), encoding: .utf8)
    for match in text.matches(of: /\]\(([^)#]+\.md)(#[^)]*)?\)/) {
      let name = String(match.1).replacingOccurrences(of: "%20", with: " ")
      #expect(Self.pages.contains(name), "\(page) links to \(name)")
    }
  }

  private static func pattern(_ lines: [String]) -> [String] { lines.last == "..." ? lines : lines + [""] }

  /// Whether lines fit a pattern in which a line `...` stands for any lines.
  private static func matches(_ lines: ArraySlice<String>, _ pattern: ArraySlice<String>) -> Bool {
    guard let first = pattern.first else { return lines.isEmpty }
    if first == "..." {
      let rest = pattern.dropFirst()
      return (0...lines.count).contains { matches(lines.dropFirst($0), rest) }
    }
    return lines.first == first && matches(lines.dropFirst(), pattern.dropFirst())
  }
}

import Foundation
import TestSupport
import Testing

/// Commands with what they print, in files that are read as one would read a terminal.
///
/// A line `$ widthwise ...` is a command. After it comes its output, then standard error with `! ` before each line,
/// then `= STATUS` if the exit status is not 0. `WIDTHWISE_RECORD=1 swift test --filter TranscriptTests` writes the
/// files anew.
@Suite struct TranscriptTests {
  static let folder = Tool.directory.appendingPathComponent("Transcripts")
  private static let found = Result { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
  static let names = ((try? found.get()) ?? []).filter { $0.hasSuffix(".txt") }.sorted()

  @Test func thereAreTranscripts() throws {
    _ = try Self.found.get()
    #expect(Self.names.count >= 5)
  }

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

/// The transcripts in the notes, and in the README beside them: what they show is what the tool prints.
///
/// Those in blocks marked `console`, that is; a line `...` stands for any lines. Checks are left out, whose last digits
/// differ from one machine to another, and what a shell would have to do.
@Suite struct NotesTests {
  static let root = Tool.directory.deletingLastPathComponent().deletingLastPathComponent()
  private static let found = Result { try FileManager.default.subpathsOfDirectory(atPath: root.path + "/Notes") }
  static let notes = ((try? found.get()) ?? []).filter { $0.hasSuffix(".md") }.sorted()
  static let pages = (notes.map { "Notes/" + $0 } + ["README.md"]).filter {
    FileManager.default.fileExists(atPath: root.path + "/" + $0)
  }

  /// The commands of a page, with what it says that they print.
  private static func entries(_ page: String) throws -> [(command: String, text: String)] {
    let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
    return text.components(separatedBy: "```console\n").dropFirst().flatMap { block in
      TranscriptTests.entries(block.components(separatedBy: "```")[0]).compactMap { entry in
        entry.command.map { ($0, entry.text) }
      }
    }
  }

  private static func isRun(_ command: String) -> Bool {
    command.hasPrefix("widthwise ") && !command.hasPrefix("widthwise check") && !command.contains(" | ")
      && !command.contains(" > ")
  }

  @Test func mostCommandsAreRun() throws {
    _ = try Self.found.get()
    let commands = try Self.pages.flatMap { try Self.entries($0) }.map(\.command)
    let run = commands.count(where: Self.isRun)
    tally("commands in notes", ["on \(Self.pages.count) pages": commands.count, "run": run])
    #expect(Self.pages.contains("README.md") && Self.pages.count >= 40, "\(Self.pages)")
    #expect(2 * run > commands.count, "\(run) of \(commands.count)")
  }

  @Test(arguments: pages) func transcripts(_ page: String) throws {
    for entry in try Self.entries(page) where Self.isRun(entry.command) {
      let found = Self.lines(try Tool.run(line: entry.command).output)
      let pattern = Self.lines(entry.text).dropFirst()
      #expect(
        Self.matches(found[...], pattern), "\(page): $ \(entry.command) prints\n\(found.joined(separator: "\n"))")
    }
  }

  /// Without empty lines at the end.
  private static func lines(_ text: String) -> [String] {
    text.components(separatedBy: "\n").reversed().drop { $0.isEmpty }.reversed()
  }

  /// Links between pages lead somewhere.
  @Test(arguments: notes) func links(_ page: String) throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("Notes/" + page), encoding: .utf8)
    for match in text.matches(of: /\]\(([^)#]+\.md)(#[^)]*)?\)/) {
      let name = String(match.1).replacingOccurrences(of: "%20", with: " ")
      let here = Self.root.appendingPathComponent("Notes/" + page).deletingLastPathComponent()
      #expect(
        FileManager.default.fileExists(atPath: here.appendingPathComponent(name).standardized.path),
        "\(page) links to \(name)")
    }
  }

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

import Foundation

/// The built `widthwise` executable.
enum Tool {
  /// What a command printed, and its exit status.
  struct Outcome {
    var output: String
    var errors: String
    var status: Int32
  }

  /// Beside the test bundle; `WIDTHWISE_TOOL` may name another.
  static let executable: URL = {
    if let given = ProcessInfo.processInfo.environment["WIDTHWISE_TOOL"] { return URL(fileURLWithPath: given) }
    let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
    let places =
      bundles + [Bundle.main.executableURL, URL(fileURLWithPath: CommandLine.arguments[0])].compactMap(\.self)
    let found = places.map { $0.deletingLastPathComponent().appendingPathComponent("widthwise") }
    return found.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? found[0]
  }()

  /// Where this file lies.
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  static let files = directory.appendingPathComponent("Files")

  /// Runs a command in the folder of test files; in a shell, if there is a script that has it as `"$@"`.
  static func run(_ arguments: [String], input: URL? = nil, shell script: String? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = script == nil ? executable : URL(fileURLWithPath: "/bin/sh")
    process.arguments = (script.map { ["-c", $0, "sh", executable.path] } ?? []) + arguments
    process.currentDirectoryURL = files
    // Help is wrapped to the width of the terminal.
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      output: String(decoding: printed, as: UTF8.self), errors: String(decoding: complained, as: UTF8.self),
      status: process.terminationStatus)
  }

  /// Whether the tool starts in a shell with this script. If it cannot be run at all, that is no reason to skip a test.
  static func starts(in script: String) -> Bool {
    do { return try run(["--version"], shell: script).status == 0 } catch { return true }
  }

  /// Runs `widthwise derive mlp --set '*.c=1' < FILE`, as a shell would.
  static func run(line: String) throws -> Outcome {
    var words = split(line)
    guard words.first == "widthwise" else { throw Unreadable(line: line) }
    words.removeFirst()
    var input: URL?
    if let i = words.firstIndex(of: "<"), i + 1 < words.count {
      input = files.appendingPathComponent(words[i + 1])
      words.removeSubrange(i...i + 1)
    }
    return try run(words, input: input)
  }

  struct Unreadable: Error { var line: String }

  /// Words apart at spaces, except within single or double quotes.
  static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for c in line {
      if let open = quote {
        if c == open { quote = nil } else { word = (word ?? "") + String(c) }
      } else if c == "'" || c == "\"" {
        quote = c
        word = word ?? ""
      } else if c == " " {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(c)
      }
    }
    if let done = word { words.append(done) }
    return words
  }
}

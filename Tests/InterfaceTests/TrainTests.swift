import Foundation
import Testing
import Widthwise

@Suite struct TrainTests {
  /// A folder for one test, removed by it.
  private func folder() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("train-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func words(_ line: String) -> [String] { Tool.split(line) }

  private static let tiny =
    "train mlp --batch 8 --depth 2 --data digits --width 16 --threads 1 --optimizer adam"
    + " --steps 90 --schedule cosine --warmup 10 --examples 8..24 --ramp 400 --every 4 --evaluate 30 --seed 3"

  private func arguments(_ folder: URL, _ name: String) -> [String] {
    words(Self.tiny) + [
      "--checkpoint", folder.appendingPathComponent(name + ".safetensors").path, "--log",
      folder.appendingPathComponent(name + ".jsonl").path, "--resume",
    ]
  }

  @Test func logHasEveryStepOnce() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try Tool.run(arguments(folder, "a"))
    #expect(first.status == 0, "\(first.errors)")
    let log = folder.appendingPathComponent("a.jsonl")
    let text = try String(contentsOf: log, encoding: .utf8)
    let entries = try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(entries.compactMap { $0["step"] as? Int } == Array(1...90))
    #expect(entries.count == 90)
    #expect(entries.first?["rate"] as? Double == Optimizer.adam().defaultRate / 10)
    #expect(entries.first?["examples"] as? Int == 8)
    #expect(entries.last?["examples"] as? Int == 24)
    let evaluated = entries.indices.filter { entries[$0]["heldOut"] != nil }
    #expect(evaluated == [29, 59, 89])
    let losses = entries.compactMap { $0["loss"] as? Double }
    let (start, end) = (losses.prefix(10).reduce(0.0, +), losses.suffix(10).reduce(0.0, +))
    #expect(end < 0.8 * start)
    // A finished run that is resumed stays as it is.
    let again = try Tool.run(arguments(folder, "a") + ["--json"])
    #expect(again.status == 0)
    #expect(try String(contentsOf: log, encoding: .utf8) == text)
    #expect(again.output.contains("\"resumedAt\" : 90"))
  }

  private func longer(_ arguments: [String]) -> [String] { arguments.map { $0 == "12" ? "20" : $0 } }

  /// A run that is given more steps when it has ended comes to the same file as one that had them from the start.
  @Test(arguments: ["constant", "inverse-square-root"]) func runsAreExtended(schedule: String) throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let line = Self.tiny.replacing("cosine", with: schedule).replacing("--steps 90", with: "--steps 12")
    func train(_ name: String, _ arguments: [String]) throws -> Data {
      let file = folder.appendingPathComponent(name)
      let outcome = try Tool.run(arguments + ["--checkpoint", file.path, "--resume"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      return try Data(contentsOf: file)
    }
    let short = try train("a", words(line))
    let extended = try train("a", longer(words(line)))
    let whole = try train("b", longer(words(line)))
    #expect(extended == whole && extended != short)
    let back = try Tool.run(
      words(line) + ["--checkpoint", folder.appendingPathComponent("a").path, "--resume"])
    #expect(back.status == 64 && back.errors.contains("has made 20 already"), "\(back.errors)")
  }

  @Test func mistakesAreSaid() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let short = words(Self.tiny.replacingOccurrences(of: "--steps 90", with: "--steps 12"))
    let file = folder.appendingPathComponent("run").path
    let log = folder.appendingPathComponent("log").path
    let made = try Tool.run(short + ["--checkpoint", file, "--log", log])
    #expect(made.status == 0, "\(made.errors)")
    func fails(_ arguments: [String], _ message: String, _ status: Int32 = 3) throws {
      let outcome = try Tool.run(arguments)
      #expect(outcome.status == status && outcome.errors.contains(message), "\(outcome.errors)")
      #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
    try fails(short + ["--checkpoint", file], "exists; give --resume")
    let unsaved = short.filter { $0 != "--every" && $0 != "4" }
    try fails(unsaved + ["--log", log], "exists; give --resume")
    try fails(short + ["--checkpoint", file, "--resume", "--rate", "0.5"], "has rate", 64)
    try fails(short + ["--checkpoint", file, "--resume", "--double"], "is of type F32; this run is in F64")
    try fails(short + ["--checkpoint", folder.path + "/no/run"], "No such file or directory")
    try fails(unsaved + ["--resume"], "--resume needs --checkpoint", 64)
    try fails(short, "--every needs --checkpoint", 64)
    try fails(
      longer(short) + ["--checkpoint", file, "--resume"],
      "--steps 20: \(file) is of a run of 12 steps with a cosine schedule", 64)
    try fails(unsaved + ["--warmup", "13"], "warm-up of 13 steps", 64)
    try fails(unsaved + ["--examples", "12..24"], "12 is no multiple of the program's batch, 8", 64)
    try fails(unsaved + ["--hold-out", "1"], "--hold-out 1.0", 64)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    try bytes.dropLast(7).write(to: URL(fileURLWithPath: file))
    try fails(
      short + ["--checkpoint", file, "--resume"], "ends too early: it has \(bytes.count - 7) of \(bytes.count)")
    try bytes.write(to: URL(fileURLWithPath: file))
    // Logs that cannot be of this run: steps are missing, or it is no log at all. Neither is touched.
    for text in [try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")[0] + "\n", "my notes\n", "my"]
    {
      try Data(text.utf8).write(to: URL(fileURLWithPath: log))
      try fails(short + ["--checkpoint", file, "--log", log, "--resume"], log)
      let left = try String(contentsOfFile: log, encoding: .utf8)
      #expect(left == text)
    }
  }
}

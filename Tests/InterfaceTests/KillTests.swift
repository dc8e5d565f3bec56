import Foundation
import Testing
import Widthwise

/// A run that is killed at random moments, and resumed each time, has lost nothing in the end: the same log, every step
/// in it once, and the same weights and states, bit for bit, as one that was left alone.
///
/// `WIDTHWISE_KILLS` says how many times (12), `WIDTHWISE_KILL_SEED` from which seed the moments are drawn.
@Suite struct KillTests {
  private static let tiny =
    "train mlp --batch 8 --depth 2 --data digits --width 16 --threads 1 --optimizer adam"
    + " --steps 90 --schedule cosine --warmup 10 --examples 8..24 --ramp 400 --every 4 --evaluate 30 --seed 3"

  private struct Files {
    var log: URL
    var checkpoint: URL

    init(_ folder: URL, _ name: String) {
      (log, checkpoint) = (folder.appendingPathComponent(name + ".jsonl"), folder.appendingPathComponent(name))
    }

    var arguments: [String] {
      Tool.split(tiny) + ["--checkpoint", checkpoint.path, "--log", log.path, "--resume"]
    }

    var lines: Int { (try? Data(contentsOf: log))?.count { $0 == 10 } ?? 0 }
    var steps: Int { (try? Checkpoint(contentsOf: checkpoint.path))?.metadata["steps"].flatMap { Int($0) } ?? -1 }
  }

  private static func number(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? standard
  }

  @Test func killedRunsLoseNothing() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kills-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let whole = Files(folder, "whole")
    let began = ContinuousClock.now
    let alone = try Tool.run(whole.arguments)
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    #expect(alone.status == 0 && alone.errors.isEmpty, "\(alone.errors)")
    let log = try String(contentsOf: whole.log, encoding: .utf8)
    #expect(log.split(separator: "\n").count == 90)

    let seed = Self.number("WIDTHWISE_KILL_SEED", 0)
    let wanted = Self.number("WIDTHWISE_KILLS", 12)
    var random = Moments(state: seed)
    var (kills, rounds) = (0, 0)
    while kills < wanted {
      rounds += 1
      let files = Files(folder, "killed-\(rounds)")
      var steps = -1
      while try survives(files, within: seconds, isByTime: kills % 2 == 0, &random) == false {
        kills += 1
        // The checkpoint is whole, or it is not there yet; it never falls back, and the log knows all of its steps.
        let isThere = FileManager.default.fileExists(atPath: files.checkpoint.path)
        let saved = files.steps
        #expect(saved >= steps && (saved >= 0) == isThere && files.lines >= saved, "seed \(seed), kill \(kills)")
        steps = saved
        if kills == wanted {
          let last = try Tool.run(files.arguments)
          #expect(last.status == 0 && last.errors.isEmpty, "\(last.errors)")
          break
        }
      }
      #expect(try String(contentsOf: files.log, encoding: .utf8) == log, "seed \(seed), round \(rounds)")
      #expect(
        try Checkpoint(contentsOf: files.checkpoint.path) == Checkpoint(contentsOf: whole.checkpoint.path),
        "seed \(seed), round \(rounds)")
    }
    if wanted > 12 { print("\(kills) kills in \(rounds) runs, seed \(seed), \(seconds) s a run") }
  }

  /// Starts or resumes the run, and kills it at a moment of the first third of the time that a whole one took, or a
  /// little after some step is logged. Returns whether it came to its end before.
  private func survives(
    _ files: Files, within seconds: Double, isByTime: Bool, _ random: inout Moments
  ) throws -> Bool {
    let process = Process()
    process.executableURL = Tool.executable
    process.arguments = files.arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let target = files.lines + Int.random(in: 1...20, using: &random)
    let moment = Double.random(in: 0..<seconds / 3, using: &random)
    let pause = UInt32.random(in: 0..<3000, using: &random)
    try process.run()
    let began = ContinuousClock.now
    if isByTime {
      while process.isRunning, (ContinuousClock.now - began) / .seconds(1) < moment { usleep(200) }
    } else {
      while process.isRunning, files.lines < target { usleep(200) }
      usleep(pause)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL { return false }
    #expect(process.terminationReason == .exit && process.terminationStatus == 0)
    return true
  }

  /// SplitMix64.
  private struct Moments: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }
}

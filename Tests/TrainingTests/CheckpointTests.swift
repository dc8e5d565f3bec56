import Foundation
import Gallery
import TensorPrograms
import Tensors
import TestSupport
import Testing

@testable import Training

/// A folder that lives as long as this object.
final class Folder {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }
  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

@Suite struct CheckpointTests {
  /// A run on batches that differ from step to step, with a schedule and a ramp.
  static func run<T: Element>(_ optimizer: Optimizer, _: T.Type, seed: UInt64 = 1) throws -> TrainingRun<T> {
    let program = try Architecture.mlp.program(["batch": "4", "features": "6", "depth": "2", "biases": "true"])
      .withStep(optimizer)
    let accumulates = !withoutSums.contains(optimizer.word)
    if !accumulates {
      #expect(throws: TrainingError.self) {
        try Trainer<T>(standard: program, width: 8).step(accumulating: [Batch(random: program, width: 8)])
      }
    }
    // As many as ten steps can ask for.
    let batches = try (0..<40).map { try Batch(random: program, width: 8, seed: UInt64($0)) }
    return TrainingRun(
      try Trainer<T>(standard: program, width: 8, rate: 0.01, seed: seed),
      schedule: try Schedule(.cosine, steps: 10, warmup: 3),
      ramp: accumulates ? try BatchRamp(from: 4, to: 12, over: 40) : nil, batchSize: 4
    ) { batches[$0] }
  }

  /// Optimizers that see more of a batch than its gradients, so that batches cannot be accumulated.
  private static let withoutSums = ["sam", "k-fac"]

  static func resumes<T: Element>(_ optimizer: Optimizer, _ type: T.Type) throws {
    let folder = try Folder()
    let whole = try run(optimizer, type)
    let losses = try (0..<10).map { _ in try whole.step() }
    let first = try run(optimizer, type)
    let early = try (0..<5).map { _ in try first.step() }
    try first.checkpoint(settings: ["rate": "0.01"]).write(to: folder.path("run"))
    // Another seed: all that matters is in the file.
    let second = try run(optimizer, type, seed: 77)
    try second.restore(Checkpoint(contentsOf: folder.path("run")), settings: ["rate": "0.01"])
    let late = try (0..<5).map { _ in try second.step() }
    #expect(early + late == losses)
    #expect(second.isFinished && whole.isFinished && second.batches == whole.batches)
    #expect(second.checkpoint() == whole.checkpoint())
    #expect(whole.checkpoint().tensors != first.checkpoint().tensors)
  }

  @Test(arguments: Optimizer.all) func resumptionHasTheSameBits(_ optimizer: Optimizer) throws {
    try Self.resumes(optimizer, Float.self)
    if ["Adam", "Muon"].contains(optimizer.name) { try Self.resumes(optimizer, Double.self) }
  }

  @Test func fileIsSafetensors() throws {
    let folder = try Folder()
    let tensor = Checkpoint.Tensor(
      name: "a \"b\"\n\u{e9}", type: "F32", shape: [2, 1], bytes: Data([0, 0, 128, 63, 0, 0, 0, 192]))
    let file = Checkpoint(
      tensors: [tensor, .init(name: "none", type: "F64", shape: [0, 3], bytes: Data())], metadata: ["k": "v"])
    try file.write(to: folder.path("a"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("a")))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0 && bytes.count == 8 + length + 8)
    let header = try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: Any]
    let entry = header?[tensor.name] as? [String: Any]
    #expect(entry?["dtype"] as? String == "F32" && entry?["shape"] as? [Int] == [2, 1])
    #expect(entry?["data_offsets"] as? [Int] == [0, 8])
    #expect(header?["__metadata__"] as? [String: String] == ["k": "v"])
    #expect(Array(bytes.suffix(8)) == Array(tensor.bytes))
    #expect(try Checkpoint(contentsOf: folder.path("a")) == file)
    // Nothing is left beside it.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a"])
  }

  @Test func weightsHaveTheirNames() throws {
    let run = try Self.run(.adam(), Float.self)
    _ = try run.step()
    let checkpoint = run.checkpoint()
    let names = run.trainer.program.weights.map { run.trainer.program[$0.id].name }
    for name in names {
      let tensor = try #require(checkpoint.tensors.first { $0.name == name })
      let entries = tensor.bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).map { Double($0) } }
      #expect(try entries == run.trainer.weight(name))
    }
    #expect(checkpoint.metadata["steps"] == "1" && checkpoint.metadata["batches"] == "1")
  }

  /// A file with the given header, whatever it says of its length.
  private func file(_ header: String, length: UInt64? = nil, data: Int = 0, at path: String) throws {
    var bytes = withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Data($0) }
    bytes.append(Data(header.utf8) + Data(count: data))
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func filesThatAreNone() throws {
    let folder = try Folder()
    let path = folder.path("file")
    func error() -> CheckpointError? {
      do { _ = try Checkpoint(contentsOf: path) } catch { return error as? CheckpointError }
      return nil
    }
    func isNone(_ error: CheckpointError?) -> Bool { if case .notSafetensors? = error { true } else { false } }
    #expect(error() == .unreadable(file: path, reason: "No such file or directory"))
    for (header, data) in [
      ("", 0), ("[]", 0), ("{", 0), ("{\"a\":1}", 0), ("\u{1}{}", 0), ("{\"__metadata__\":{\"a\":1}}", 0),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,-8]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1,-2],\"data_offsets\":[0,8]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,6]}}", 6),
      ("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}", 0),
      ("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807],\"data_offsets\":[0,9223372036854775807]}}", 0),
      ("{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[0,9223372036854775807]}}", 0),
      (String(repeating: "[", count: 100_000), 0),
    ] {
      try file(header, data: data, at: path)
      #expect(isNone(error()), "\(header.prefix(100))")
    }
    for length in [UInt64.max, 1 << 63, 100_000_001] {
      try file("{}", length: length, at: path)
      #expect(error() == .notSafetensors(file: path, reason: "its header would have \(length) bytes"))
    }
    try file("{}", length: 90_000_000, at: path)
    #expect(error() == .truncated(file: path, expected: 90_000_008, found: 10))
    // A terabyte that is not there is not asked for.
    try file("{\"a\":{\"dtype\":\"U8\",\"shape\":[1099511627776],\"data_offsets\":[0,1099511627776]}}", at: path)
    guard case .truncated = error() else {
      Issue.record("\(String(describing: error()))")
      return
    }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(error() == .unreadable(file: path, reason: "it is not a file"))
    #expect(throws: CheckpointError.notWritten(file: path, reason: "Is a directory")) {
      try Checkpoint().write(to: path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["file"])
    #expect(throws: CheckpointError.notWritten(file: folder.path("no/file"), reason: "No such file or directory")) {
      try Checkpoint().write(to: folder.path("no/file"))
    }
  }

  /// Cut anywhere, and with a byte of its header changed, a file is read as what it says or refused.
  @Test func damagedFiles() throws {
    let folder = try Folder()
    let run = try Self.run(.momentum(), Float.self)
    _ = try run.step()
    try run.checkpoint().write(to: folder.path("whole"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path("whole")))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let path = folder.path("damaged")
    for count in Array(0..<12) + [length / 2, length + 8, bytes.count - 1] {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: path) }
      guard case .truncated(path, let expected, count) = error else {
        Issue.record("\(count): \(String(describing: error))")
        continue
      }
      #expect(expected > count)
    }
    var refused = 0
    for place in stride(from: 0, to: 8 + length, by: 7) {
      var damaged = bytes
      damaged[place] ^= UInt8(1 << (place % 5))
      try damaged.write(to: URL(fileURLWithPath: path))
      do { try run.restore(Checkpoint(contentsOf: path)) } catch is CheckpointError { refused += 1 }
    }
    #expect(refused > length / 14)
  }

  @Test func checkpointsOfOtherRuns() throws {
    let run = try Self.run(.adam(), Float.self)
    _ = try run.step()
    let good = run.checkpoint(settings: ["data": "digits"])
    let before = run.checkpoint()
    func refuses(_ error: CheckpointError, _ change: (inout Checkpoint) -> Void) {
      var bad = good
      change(&bad)
      #expect(throws: error) { try run.restore(bad, settings: ["data": "digits"]) }
      #expect(run.checkpoint() == before)
    }
    let name = good.tensors[0].name
    let program = run.trainer.program.name
    refuses(.missingTensors([name], program: program)) { $0.tensors.removeFirst() }
    refuses(.unknownTensors(["other"], program: program)) {
      $0.tensors.append(.init(name: "other", type: "F32", shape: [], bytes: Data(count: 4)))
    }
    refuses(.wrongType(name, expected: "F32", found: "F16")) { $0.tensors[0].type = "F16" }
    let shape = good.tensors[0].shape
    let sizes = shape.map(String.init).joined(separator: " x ")
    let axes = run.trainer.program.weights[0].id
    refuses(
      .wrongShape(name, expected: run.trainer.program[axes].axes.bracketed + " = " + sizes, found: shape.reversed())
    ) { $0.tensors[0].shape.reverse() }
    refuses(.unusableMetadata("steps", value: nil)) { $0.metadata["steps"] = nil }
    refuses(.unusableMetadata("steps", value: "-1")) { $0.metadata["steps"] = "-1" }
    refuses(.unusableMetadata("batches", value: "9223372036854775807")) { $0.metadata["batches"] = "\(Int.max)" }
    refuses(.unusableMetadata("seed", value: "x")) { $0.metadata["seed"] = "x" }
    refuses(.otherRun(setting: "data", saved: "words", given: "digits")) { $0.metadata["setting.data"] = "words" }
    try run.restore(good, settings: ["data": "digits"])
  }
}

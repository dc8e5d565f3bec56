import Foundation
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing
import TorchImport
import Training

@testable import TorchExport

/// A Python that has torch.
private let torchPython = ProcessInfo.processInfo.environment["WIDTHWISE_TORCH"]

/// PyTorch as the engine's referee, where there is one: `WIDTHWISE_TORCH` names a Python that has torch.
///
/// From the same weights and batch, loss and every gradient of every network of the gallery agree with PyTorch's autograd
/// on the exported code; and the code of every imported model agrees with the model it was imported from.
@Suite(.enabled(if: torchPython != nil)) struct RefereeTests {

  static let width = 16
  static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// What the referee is given beside the code.
  struct Case: Encodable {
    var width: Int
    var weights: [String: [Double]] = [:]
    var values: [String: [Double]]
    var indices: [String: [Int32]]
    var loss = 0.0
    var gradients: [String: [Double]] = [:]
  }

  struct Finding: Decodable {
    var name: String
    /// The largest differences, of the loss and of a gradient, relative to the largest entry.
    var loss: Double
    var gradient: Double
    var worst: String
    var gradients: Int
  }

  /// The networks that have sizes at the width.
  static func networks() throws -> [(String, Program)] {
    try Architecture.all.map { ($0.name, try $0.program()) }
  }

  @Test func galleryAgrees() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    var names: [String] = []
    for (name, forward) in try Self.networks() {
      let program = try forward.withGradient()
      // Some sizes are fractions of the width; take one at which all are whole.
      let width = [16, 32, 64, 256].first { n in
        program.dimensions.allSatisfy { (try? $0.size.value(at: n, of: $0.name)) != nil }
      }
      let n = try #require(width, "\(name)")
      let batch = try Batch(random: program, width: n)
      let trainer = try Trainer<Double>(
        program, width: n, numbers: Hyperparameters(standard: program, width: n, learningRate: 0), seed: 3)
      var given = Case(width: n, values: batch.values, indices: batch.indices)
      for (id, _, _) in program.weights {
        // Away from zeros and ones, where mistakes would not be seen.
        let name = program[id].name
        let start = try trainer.weight(name)
        given.weights[name] = zip(start, normal(start.count, seed: 5, name)).map { $0 + 0.1 * $1 }
        try trainer.setWeight(name, to: given.weights[name] ?? [])
      }
      let targets = Dictionary(
        program.gradients.map { ($0.value, program[$0.weight].name) }, uniquingKeysWith: { first, _ in first })
      given.loss = try trainer.evaluate(batch, observing: Array(targets.keys)) { id, entries in
        if let name = targets[id] { given.gradients[name] = Array(entries) }
      }
      try Self.write(name, forward, .standard(forward), base: n, to: folder)
      try JSONEncoder().encode(given).write(to: folder.appendingPathComponent("\(name).json"))
      names.append(name)
    }
    let found = try Self.run(["gallery", folder.path] + names)
    #expect(found.map(\.name) == names)
    for finding in found {
      #expect(finding.loss < 1e-12, "\(finding)")
      #expect(finding.gradient < 1e-9 && finding.gradients > 0, "\(finding)")
    }
    tally("gallery against PyTorch", ["networks": found.count, "gradients": found.map(\.gradients).reduce(0, +)])
  }

  @Test func importedModelsAgree() throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let models = Self.here.deletingLastPathComponent().appendingPathComponent("TorchImportTests/Models")
    let files = try FileManager.default.contentsOfDirectory(atPath: models.path).filter { $0.hasSuffix(".pt2") }
    let widths = Dictionary(grouping: files, by: TorchModel.stem).mapValues { names in
      // The last digit is that of the ending, pt2.
      names.compactMap { Int($0.filter(\.isNumber).dropLast()) }.sorted()
    }
    var names: [String] = []
    for (name, sizes) in widths.sorted(by: { $0.key < $1.key }) {
      let pair = try #require(sizes.count == 2 ? sizes : nil, "\(name)")
      let paths = pair.map { models.appendingPathComponent("\(name)\($0).pt2").path }
      let model = try TorchModel(small: paths[0], large: paths[1])
      try Self.write(name, model.program, .standard(model.program), base: pair[0], to: folder)
      names += [name, "\(pair[0])"]
    }
    let found = try Self.run(["imported", folder.path, models.path] + names)
    #expect(found.count == widths.count && found.count >= 14)
    for finding in found {
      #expect(finding.loss < 1e-12, "\(finding)")
      #expect(finding.gradient < 1e-9 && finding.gradients > 0, "\(finding)")
    }
    tally("imported models against PyTorch", ["models": found.count, "gradients": found.map(\.gradients).reduce(0, +)])
  }

  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("referee-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private static func write(
    _ name: String, _ program: Program, _ parametrization: Parametrization, base: Int, to folder: URL
  ) throws {
    let code = try TorchCode(program, parametrization, optimizer: "Adam", base: base)
    try code.text.write(to: folder.appendingPathComponent("\(name).py"), atomically: true, encoding: .utf8)
  }

  private static func run(_ arguments: [String]) throws -> [Finding] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: torchPython ?? "")
    process.arguments = [here.appendingPathComponent("Referee/referee.py").path] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try printed.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Finding.self, from: $0) }
  }
}

extension TorchModel {
  /// `gpt` of `gpt64.pt2`.
  static func stem(_ file: String) -> String { String(file.prefix { $0.isLetter }) }
}

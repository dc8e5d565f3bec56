import Foundation
import Testing

/// A Python that has torch, named by `WIDTHWISE_TORCH`.
private let torchPython = ProcessInfo.processInfo.environment["WIDTHWISE_TORCH"]

/// The Python package, where there is torch: a model's rules, applied in PyTorch, and PyTorch's own coordinate check.
@Suite(.enabled(if: torchPython != nil)) struct PythonTests {
  private struct Found: Decodable {
    var grew: Bool
    var saved: Bool
    var attention: Double
    var lintOfRules: Int
    var lintOfStandard: Int
    var slope: Double
    var standardSlope: Double

    enum CodingKeys: String, CodingKey {
      case grew, saved, attention
      case lintOfRules = "lint mup"
      case lintOfStandard = "lint sp"
      case slope = "slope mup"
      case standardSlope = "slope sp"
    }
  }

  @Test func package() throws {
    let root = Tool.directory.deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: torchPython ?? "")
    process.arguments = [
      Tool.directory.appendingPathComponent("Python/package.py").path,
      root.appendingPathComponent("Tests/TorchImportTests/Models").path,
    ]
    process.environment = ProcessInfo.processInfo.environment.merging([
      "WIDTHWISE": Tool.executable.path, "PYTHONPATH": root.appendingPathComponent("Sources/Python").path,
      "PYTHONDONTWRITEBYTECODE": "1",
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let found = try JSONDecoder().decode(Found.self, from: printed)
    #expect(found.grew && found.saved)
    // 1/4 at the base width of 64, heads of 16; times 64/256.
    #expect(abs(found.attention - 0.0625) < 1e-12)
    #expect(found.lintOfRules == 0 && found.lintOfStandard == 1)
    // What one step changes of the logits: under the rules a sum of parts that keep their size and parts that fall as
    // n^(-1/2), under one rate for all it grows as n.
    #expect(found.slope > -0.5 && found.slope < 0.05, "\(found)")
    #expect(found.standardSlope > 0.7, "\(found)")
  }
}

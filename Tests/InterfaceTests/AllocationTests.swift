import Foundation
import Testing

/// The executable `Allocations` counts what steps after the first allocate: nothing, where it is optimized. Without
/// optimization Swift puts on the heap what it does not specialize; a test of such a build shows only that the count
/// sees that. `.ci/run` runs the optimized one.
@Suite struct AllocationTests {
  private static let outcome = Result { try run() }
  /// Where the allocator lets itself be watched.
  private static var canBeCounted: Bool {
    switch outcome {
    case .success(let outcome): !outcome.text.contains("cannot be counted")
    case .failure: true
    }
  }

  private static func run() throws -> (text: String, status: Int32) {
    let process = Process()
    process.executableURL = Tool.executable.deletingLastPathComponent().appendingPathComponent("Allocations")
    #if DEBUG
      process.arguments = ["mlp", "SGD", "2"]
    #endif
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (text, process.terminationStatus)
  }

  @Test(.enabled(if: canBeCounted, "allocations cannot be counted here")) func steps() throws {
    let (text, status) = try Self.outcome.get()
    #if DEBUG
      #expect(status == 1 && text.contains("mlp, SGD, 2 threads"), "\(text)")
    #else
      #expect(status == 0, "\(text)")
    #endif
  }
}

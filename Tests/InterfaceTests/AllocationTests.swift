import Foundation
import Testing

/// The executable `Allocations` counts what steps after the first allocate: nothing, where it is optimized. Without
/// optimization Swift puts on the heap what it does not specialize; a test of such a build shows only that the count
/// sees that. `.ci/run` runs the optimized one.
@Suite struct AllocationTests {
  @Test func steps() throws {
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
    if text.contains("cannot be counted") { return }
    #if DEBUG
      #expect(process.terminationStatus == 1 && text.contains("mlp, SGD, 2 threads"), "\(text)")
    #else
      #expect(process.terminationStatus == 0, "\(text)")
    #endif
  }
}

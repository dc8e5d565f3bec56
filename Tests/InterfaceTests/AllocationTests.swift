import Foundation
import Testing

/// A training step after the first allocates nothing, on one thread and on two: the executable `Allocations` counts.
///
/// That holds of an optimized build: otherwise Swift puts what it does not specialize on the heap, and only the counting
/// is tested.
@Suite struct AllocationTests {
  @Test func steps() throws {
    let process = Process()
    process.executableURL = Tool.executable.deletingLastPathComponent().appendingPathComponent("Allocations")
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #if DEBUG
      #expect([0, 1].contains(process.terminationStatus) && text.contains("allocat"), "\(text)")
    #else
      #expect(process.terminationStatus == 0, "\(text)")
    #endif
  }
}

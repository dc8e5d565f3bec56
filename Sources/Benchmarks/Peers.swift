import Foundation

/// Scripts of other projects that do the same work and print one JSON line.
struct Peers {
  var folder: String
  var python: String

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a script and gives the numbers that it printed.
  func run(_ script: String, _ arguments: [String]) throws -> [String: Double] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, folder + "/" + script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { throw Failure(description: "\(script) failed") }
    return object.compactMapValues { ($0 as? NSNumber)?.doubleValue }
  }
}

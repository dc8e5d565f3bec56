import Foundation

/// Scripts that run the same workload with other packages and print one JSON line.
struct Peers {
  var folder: String
  var python: String

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Runs a script and gives the numbers that it printed.
  func run(_ script: String, _ arguments: [String]) throws -> [String: Double] {
    let data = try output(of: "/usr/bin/env", [python, folder + "/" + script] + arguments, as: script)
    guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw Failure(description: "\(script) printed no numbers")
    }
    return object.compactMapValues { ($0 as? NSNumber)?.doubleValue }
  }
}

/// What a program prints.
func output(of path: String, _ arguments: [String], as name: String) throws -> Data {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else {
    throw Peers.Failure(description: "\(name) ended with status \(process.terminationStatus)")
  }
  return data
}

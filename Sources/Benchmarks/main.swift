import Foundation
import Widthwise

/// Measures the package, and beside it, in the same sitting and in turn, the scripts of its peers, if they are given:
///
///     bench [derive] [mlp] [gpt] [--peers FOLDER --python PYTHON] [--rounds N] [--threads N] [--quick] [--json FILE]
///
/// Times mean little by themselves on a shared machine; the ratios are what to quote.
struct Arguments {
  var left = Array(CommandLine.arguments.dropFirst())

  mutating func option(_ name: String) -> String? {
    guard let i = left.firstIndex(of: name), i + 1 < left.count else { return nil }
    defer { left.removeSubrange(i...i + 1) }
    return left[i + 1]
  }

  mutating func flag(_ name: String) -> Bool {
    guard let i = left.firstIndex(of: name) else { return false }
    left.remove(at: i)
    return true
  }
}

var given = Arguments()
let python = given.option("--python") ?? "python3"
let peers = given.option("--peers").map { Peers(folder: $0, python: python) }
let rounds = given.option("--rounds").flatMap { Int($0) } ?? 3
let threads = given.option("--threads").flatMap { Int($0) } ?? 2
let file = given.option("--json")
let quick = given.flag("--quick")
let works = ["derive", "mlp", "gpt"]
if let unknown = given.left.first(where: { !works.contains($0) }) {
  FileHandle.standardError.write(
    Data("bench: no work named \(unknown); known: \(works.joined(separator: ", "))\n".utf8))
  exit(64)
}

do {
  var results: [Measurement] = []
  for work in works where given.left.isEmpty || given.left.contains(work) {
    switch work {
    case "derive": results += try benchDerivation(quick: quick, rounds: rounds)
    case "mlp": results += try benchCoordinateCheck(peers, quick: quick, rounds: rounds, threads: threads)
    default: results += try benchStep(peers, quick: quick, rounds: rounds, threads: threads)
    }
  }
  if let file {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(results).write(to: URL(fileURLWithPath: file))
  }
} catch {
  FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
  exit(1)
}

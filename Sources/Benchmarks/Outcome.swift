import Foundation
import Widthwise

/// The result of a child process.
struct Outcome: Codable {
  /// The time of the workload, or of one step, in seconds.
  var seconds = 0.0
  /// Peak resident memory of the process, MiB.
  var memory = peakMemory()
  var roofline: Roofline?
  var derivations: [Derivation]?
  var machine: MachineSpeed?
  /// The time of each product of a step, in seconds.
  var times: [Double]?
  var sweep: [SweepFinding]?

  struct Derivation: Codable {
    var name: String
    var depth: Int
    var seconds: Double
  }
}

/// The best learning rate of a parametrization, by width.
struct SweepFinding: Codable {
  var parametrization: String
  var score: RateSweepResult.Score
  var best: [RateSweepResult.Best]
  /// How far the best learning rate moves from the smallest to the largest width, in powers of two.
  var drift: Double
}

/// The peak resident memory of this process, MiB.
///
/// Linux gives a process the peak of the one that began it, which `VmHWM` does not have.
func peakMemory() -> Double {
  if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
    let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Double($0) })
  {
    return kibibytes / 1024
  }
  var usage = rusage()
  #if os(Linux)
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  #else
    getrusage(RUSAGE_SELF, &usage)
    return Double(usage.ru_maxrss) / 1_048_576
  #endif
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let began = ContinuousClock.now
  try body()
  return (ContinuousClock.now - began) / .seconds(1)
}

extension [Double] {
  var median: Double {
    let ordered = sorted()
    return isEmpty ? .nan : count % 2 == 1 ? ordered[count / 2] : (ordered[count / 2 - 1] + ordered[count / 2]) / 2
  }
}

import Foundation

/// What one work took, medians over rounds.
struct Measurement: Encodable {
  var work: String
  var seconds: Double
  var peerSeconds: Double?
  /// The peer's time divided by ours: the median of the rounds' ratios.
  var ratio: Double?
  /// Peak resident memory, MiB; of the whole process so far.
  var memory: Double?
  var peerMemory: Double?

  func show() {
    var line = work.padding(toLength: 34, withPad: " ", startingAt: 0) + milliseconds(seconds)
    if let peerSeconds, let ratio {
      line += "   peer " + milliseconds(peerSeconds) + String(format: "   ratio %5.2f", ratio)
    }
    if let memory, let peerMemory { line += String(format: "   memory %.0f against %.0f MiB", memory, peerMemory) }
    print(line)
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%9.2f ms", seconds * 1000) }
}

extension [Double] {
  var median: Double {
    let ordered = sorted()
    return isEmpty ? .nan : count % 2 == 1 ? ordered[count / 2] : (ordered[count / 2 - 1] + ordered[count / 2]) / 2
  }
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
  let began = ContinuousClock.now
  try body()
  return (ContinuousClock.now - began) / .seconds(1)
}

/// The peak resident memory of this process, MiB.
func peakMemory() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_maxrss) / 1024
}

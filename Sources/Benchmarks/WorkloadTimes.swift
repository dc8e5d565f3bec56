import Foundation

/// The time and memory that one workload took, medians over rounds.
struct WorkloadTimes: Encodable {
  var work: String
  var seconds: Double
  var peerSeconds: Double?
  /// The peer's time divided by ours: the median of the rounds' ratios, the lowest and the highest.
  var ratio: Double?
  var lowest: Double?
  var highest: Double?
  /// Peak resident memory, MiB: the largest of the rounds.
  var memory: Double?
  var peerMemory: Double?
  var roofline: Roofline?

  init(_ work: String, ours: [Outcome], peers: [(seconds: Double, memory: Double)] = []) {
    self.work = work
    seconds = ours.map(\.seconds).median
    memory = ours.map(\.memory).max()
    guard !peers.isEmpty else { return }
    let ratios = zip(peers, ours).map { $0.seconds / $1.seconds }
    peerSeconds = peers.map(\.seconds).median
    (ratio, lowest, highest) = (ratios.median, ratios.min(), ratios.max())
    peerMemory = peers.map(\.memory).min()
  }

  var line: String {
    var line = work.padding(toLength: 40, withPad: " ", startingAt: 0) + " " + time(seconds)
    if let peerSeconds, let ratio, let lowest, let highest {
      line += "   peer " + time(peerSeconds)
      line += String(format: "   ratio %.2f (%.2f to %.2f)", ratio, lowest, highest)
    }
    if let memory { line += String(format: "   %.0f MiB", memory) }
    if let peerMemory { line += String(format: " against %.0f MiB", peerMemory) }
    return line
  }

  /// A row of a table in Markdown.
  var row: String {
    let number = { (value: Double?) in value.map { String(format: "%.2f", $0) } ?? "" }
    let spread = lowest.map { "\(number($0)) to \(number(highest))" } ?? ""
    let sizes = [memory, peerMemory].compactMap { $0.map { String(format: "%.0f", $0) } }
    return "| \(work) | \(time(seconds)) | \(peerSeconds.map(time) ?? "") | \(number(ratio)) | \(spread) | "
      + "\(sizes.joined(separator: " against ")) MiB |"
  }

  static let header = """
    | work | ours | PyTorch | ratio | lowest to highest | peak memory |
    |---|---|---|---|---|---|
    """
}

/// `14.9 ms`, `21.2 s`.
func time(_ seconds: Double) -> String {
  seconds < 1e-3
    ? String(format: "%.1f us", seconds * 1e6)
    : seconds < 2 ? String(format: "%.2f ms", seconds * 1e3) : String(format: "%.2f s", seconds)
}

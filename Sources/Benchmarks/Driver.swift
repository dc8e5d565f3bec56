import Foundation
import Widthwise

/// Runs the workloads, each measurement in a process of its own, and prints and writes the results.
struct Driver {
  let options: Options

  init(_ options: Options) { self.options = options }

  private struct Report: Encodable {
    var threads: Int
    var rounds: Int
    var quick: Bool
    var machine: MachineSpeed
    var works: [WorkloadTimes] = []
    var derivations: [Outcome.Derivation] = []
    var products: [ProductTime] = []
    var sweep: [SweepFinding] = []
  }

  func run() throws {
    guard let machine = try child("machine").machine else { return }
    print(machine)
    var report = Report(threads: options.threads, rounds: options.rounds, quick: options.quick, machine: machine)
    for work in options.works {
      switch work {
      case "derive":
        report.derivations = try child(work).derivations ?? []
        for row in report.derivations { print("\(row.name), depth \(row.depth): \(time(row.seconds))") }
        print(String(format: "  time grows as depth^%.2f", slope(report.derivations)))
      case "mlp":
        report.works.append(
          try compare(
            "coordinate check of the digits MLP, four grids", work, [], "mlp_coordcheck_torch.py",
            ["--threads", "\(options.threads)", "--widths", list(options.checkWidths)], "total_s", machine))
      case "gpt":
        for width in options.gptWidths {
          report.works.append(
            try compare(
              "GPT step, width \(width)", work, ["--width", "\(width)"], "transformer_train_torch.py",
              ["--width", "\(width)", "--threads", "\(options.threads)", "--reps", "\(options.repetitions(width))"],
              "step_s_median", machine))
        }
      case "sweep":
        let settings = options.sweep
        report.works.append(
          try compare(
            "muTransfer sweep, \(settings.runs) runs", work, [], "mutransfer_sweep_torch.py",
            [
              "--jobs", "\(options.threads)", "--threads", "1", "--widths", list(settings.widths),
              "--lo=\(settings.rates.lowerBound)", "--hi=\(settings.rates.upperBound)", "--seeds", "\(settings.seeds)",
              "--steps", "\(settings.steps)",
            ], "total_s", machine
          ) { report.sweep = $0.sweep ?? [] })
        for finding in report.sweep { print(finding.text) }
      default:
        report.products = try compareProducts(options) { try child(work, $0) }
        print(ProductTime.header)
        for row in report.products { print(row) }
      }
    }
    if options.markdown, !report.works.isEmpty {
      print("\n" + WorkloadTimes.header)
      for work in report.works { print(work.row) }
    }
    guard let file = options.json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    try encoder.encode(report).write(to: URL(fileURLWithPath: file))
  }

  /// Measures the peer and this package in turn, then the units of this package's step.
  private func compare(
    _ name: String, _ work: String, _ arguments: [String], _ script: String, _ peerArguments: [String],
    _ key: String, _ machine: MachineSpeed, _ found: (Outcome) -> Void = { _ in }
  ) throws -> WorkloadTimes {
    var ours: [Outcome] = []
    var peers: [(seconds: Double, memory: Double)] = []
    for _ in 0..<options.rounds {
      if let peer = options.peers {
        let numbers = try peer.run(script, peerArguments)
        peers.append((numbers[key] ?? .nan, numbers["peak_rss_mib"] ?? .nan))
      }
      ours.append(try child(work, arguments))
    }
    var measurement = WorkloadTimes(name, ours: ours, peers: peers)
    print(measurement.line)
    measurement.roofline = try child(work, arguments + ["--profile"]).roofline
    if let roofline = measurement.roofline { print(roofline.text(measurement.seconds, machine)) }
    if let last = ours.last { found(last) }
    return measurement
  }

  /// Runs this program again as a child process, with one workload.
  private func child(_ work: String, _ arguments: [String] = []) throws -> Outcome {
    let own =
      [
        "--child", work, "--threads", "\(options.threads)", "--rounds", "\(options.rounds)", "--units",
        "\(options.units)",
      ]
      + (options.widths.map { ["--widths", list($0)] } ?? [])
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    let data = try output(of: path, own + arguments + (options.quick ? ["--quick"] : []), as: "bench \(work)")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Outcome.self, from: data)
  }

  private func list(_ numbers: [Int]) -> String { numbers.map { "\($0)" }.joined(separator: ",") }

  /// The slope of log time against log depth: 1 if the time is linear in the depth.
  private func slope(_ rows: [Outcome.Derivation]) -> Double {
    let points = rows.filter { $0.name == rows.first?.name }.map { (x: log(Double($0.depth)), y: log($0.seconds)) }
    return LeastSquares.slope(points) ?? .nan
  }
}

extension SweepFinding {
  var text: String {
    let rates = best.map { String(format: "%d at width %d (vertex %.2f)", $0.log2Rate, $0.width, $0.vertex) }
    return "  \(parametrization), \(score.rawValue) loss: best log2 rate " + rates.joined(separator: ", ")
      + String(format: "; drift %+.2f", drift)
  }
}

import ArgumentParser
import Foundation
import Widthwise

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network at several widths and hold the measured growth of every value against the derived one.",
    discussion: """
      Coordinate check: the same program is trained for a few steps at each width and seed; for each named value the \
      slope of its size, and of its change since initialization, on log-log axes must be the predicted exponent. \
      Whatever was derived, nothing may grow with the width, and what each weight's own change does may not vanish. The \
      exit status is 0 if all agrees, 1 if something disagrees, and 2 if too little can be told. A page with the picture \
      is written beside it.

      With --set, what is trained differs from what was derived, and the check should say so.

        widthwise check gpt --data shakespeare
        widthwise check mlp --optimizer sgd --widths 64,256,1024 --seeds 8
        widthwise check my.tp --data my.csv --steps 3
        widthwise check gpt --set '*.attention.scale=0'
        widthwise check mlp --optimizer adamw --decay 0.1 --set 'readout.decay=0'
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "digits, shakespeare, random, a CSV file (last column the label) or a text file.")
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Widths: 64,128,256 or 64..1024 in doublings. (default: 64..1024, or what fits the network)", valueName: "widths")
  )
  var widths: String?

  /// How many seeds, if nobody says.
  private static let usualSeeds = 4

  @Option(help: "How many seeds. (default: \(usualSeeds), and \(usualSeeds) more where these are too noisy)")
  var seeds: Int?

  @Option(
    help: ArgumentHelp(
      "While nothing can be told, go on with more seeds or larger widths, up to this time.", valueName: "seconds"))
  var untilDecided: Double?

  @Option(help: "Updates of each run.")
  var steps = 5

  @Option(help: "The learning rate at the base width; the optimizer's usual one if not given.")
  var rate: Double?

  @Option(
    help: "The width at which everything equals the standard parametrization; the smallest of the widths if not given.")
  var base: Int?

  @Option(help: "Train in this gauge (see: widthwise derive --help).")
  var gauge: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Train with this exponent instead of the derived one; repeatable.", valueName: "NAME.c=0"))
  var set: [String] = []

  @Option(help: "Train with this weight decay at the base width, scaled as derived, and check that it scales so.")
  var decay: Double?

  @Option(help: "Train with this epsilon at the base width, scaled as derived, and check that it scales so.")
  var epsilon: Double?

  @Flag(help: "Train in double precision.")
  var double = false

  @Flag(help: "A new batch at every step, instead of one for all.")
  var fresh = false

  @Option(help: "Runs side by side; the number of processors if not given. The result is the same for any number.")
  var workers: Int?

  @Flag(inversion: .prefixedNo, help: "Also train the standard parametrization, for comparison.")
  var standard = true

  @Option(help: ArgumentHelp("Where the page goes; NAME-check.html if not given, none for none.", valueName: "file"))
  var report: String?

  @Option(help: ArgumentHelp("Write the means as mup does: width, module, t, l1.", valueName: "file"))
  var csv: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "List every value and step, not only those that do not agree.")
  var all = false

  func run() throws {
    let (program, data) = try source.load(data: data)
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()

    let began = ContinuousClock.now
    let derivation = try program.maximalUpdate(optimizer: optimizer)
    var derived = derivation.parametrization
    if let gauge { derived = try derived.inGauge(Gauge(named: gauge), under: program.gaugeLaw(optimizer: optimizer)) }
    var trained = derived
    var regularization =
      decay == nil && epsilon == nil
      ? nil : try Regularization(program, optimizer, derivation, decay: decay ?? 0, epsilon: epsilon)
    for assignment in set where try regularization?.set(assignment) != true { try trained.set(assignment) }
    let took = (ContinuousClock.now - began) / .seconds(1)

    var check = CoordinateCheck(
      program: program, optimizer: optimizer, parametrization: trained,
      predictions: try program.predictions(derived, optimizer: optimizer, steps: steps), derivation: derivation,
      base: base,
      widths: try widths.map(parseWidths) ?? CoordinateCheck.usualWidths(program), seeds: Array(0..<max(0, seeds ?? Self.usualSeeds)),
      steps: steps, learningRate: rate,
      precision: double ? .double : .float, workers: try parseWorkers(workers), sampling: fresh ? .fresh : .skewed)
    check.regularization = regularization
    var checks = [check]
    if standard {
      var comparison = check
      (comparison.parametrization, comparison.predictions) = (.standard(program), nil)
      comparison.regularization = nil
      checks.append(comparison)
    }
    if let untilDecided {
      guard untilDecided.isFinite, untilDecided > 0 else { throw ExperimentError.limit(untilDecided) }
    }
    let progress = Progress("derived in \(milliseconds(took)); \(work(check))")
    let estimate = try CoordinateCheck.estimate(checks, on: data)
    if estimate.seconds > 10 {
      FileHandle.standardError.write(Data("\(work(check)): \(estimate.text)\n".utf8))
    }
    var results = try CoordinateCheck.run(checks, on: data, progress: progress.report)
    // Unless told how many seeds, once more as many where these are too noisy.
    let patience = untilDecided.map(CoordinateCheck.Patience.seconds) ?? .rounds(seeds == nil ? 1 : 0)
    (check, results[0]) = try check.decided(results[0], on: data, with: patience) { check in
      progress.label = work(check)
      return progress.report
    }
    progress.finish()

    let result = results[0]
    let comparison = standard && results[1].widths == result.widths ? results[1] : nil
    let document = CheckReport(
      check, result, standard: comparison, command: commandLine(), data: data.summary, version: version)
    if let csv { try write(document.csv(), to: csv) }
    let page = report ?? "\(program.name)-check.html".replacing("/", with: "-")
    if page != "none" { try write(HTMLReport(document).page, to: page) }
    if json {
      print(try document.json(), terminator: "")
    } else {
      if all || result.grid.rows.contains(where: { $0.verdict != .agrees }) { print(document.table(all: all) + "\n") }
      if all || result.grid.asPromised == .disagrees { print(document.promiseTable(all: all) + "\n") }
      print(document.closing)
      if page != "none" { print("report: \(page)") }
    }
    switch result.grid.verdict {
    case .agrees: break
    case .disagrees: throw ExitCode(1)
    case .cannotTell: throw ExitCode(2)
    }
  }

  private func work(_ check: CoordinateCheck) -> String {
    "training \(check.widths.count) widths x \(check.seeds.count) seeds x \(steps) steps"
      + (standard ? ", in the standard parametrization too" : "")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.0f ms", seconds * 1000) }
}

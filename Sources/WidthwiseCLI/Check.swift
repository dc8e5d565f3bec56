import ArgumentParser
import Foundation
import Widthwise

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network at several widths and hold the measured growth of every value against the derived one.",
    discussion: """
      Coordinate check: the same program is trained for a few steps at each width and seed; for each named value the \
      slope of its size, and of its change since initialization, on log-log axes must be the predicted exponent. \
      Whatever was derived, nothing may grow with the width, and what each weight's own change does may not vanish. A \
      page with the picture is written beside it.

      The exit status is 0 if all agrees, 1 if something disagrees, 2 if too little can be told, \
      \(ExitCode.errors).

      With --set, what is trained differs from what was derived, and the check should say so.

        widthwise check gpt --data shakespeare
        widthwise check mlp --optimizer sgd --widths 64,256,1024 --seeds 8
        widthwise check my.tp --data my.csv --steps 3
        widthwise check gpt --set '*.attention.scale=0'
        widthwise check mlp --optimizer adamw --decay 0.1 --set 'readout.decay=0'
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "digits, shakespeare, random, a CSV file or a text file.", completion: .data)
  var data: String?

  @OptionGroup var table: TableOptions

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

  @Option(help: "Train in this gauge (see: widthwise derive --help).", completion: .gauges)
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

  @Option(
    help: ArgumentHelp(
      "Where the page goes, or none. (default: NAME-check.html; NAME-OPTIMIZER-check.html with an --optimizer, "
        + "NAME-changed-check.html with --set)", valueName: "file"), completion: .file())
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write the means as mup does: width, module, t, l1; - prints them, and all else as errors are.",
      valueName: "file"), completion: .file())
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "Write one figure for a paper or a slide: what training changed, derived beside standard.", valueName: "x.svg"),
    completion: .file(extensions: ["svg"]))
  var figure: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "List every value and step, not only those that do not agree.")
  var all = false

  func validate() throws {
    if json, csv == "-" { throw ValidationError("--json and --csv -: print one of them") }
    if report == "-" {
      throw ValidationError("--report -: give a file; without --report it is named after the program")
    }
    if let figure, !figure.hasSuffix(".svg") {
      throw ValidationError("--figure \(figure): it is an SVG file; let its name end in .svg")
    }
    if figure != nil, steps < 1 {
      throw ValidationError("--figure shows what training changed; give one --steps or more")
    }
    if let untilDecided {
      guard untilDecided.isFinite, untilDecided > 0 else { throw ExperimentError.limit(untilDecided) }
    }
  }

  func run() throws {
    let (program, data) = try source.load(data: data, reading: table.reading)
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()
    let page = report ?? pageName(program)
    for file in [page == "none" ? nil : page, csv == "-" ? nil : csv, figure] { if let file { try tryWriting(file) } }

    let began = ContinuousClock.now
    let derivation = try program.maximalUpdate(optimizer: optimizer)
    var derived = derivation.parametrization
    if let gauge { derived = try derived.inGauge(Gauge(named: gauge), under: program.gaugeLaw(optimizer: optimizer)) }
    var trained = derived
    var regularization =
      decay == nil && epsilon == nil
      ? nil : try Regularization(program, optimizer, derivation, decay: decay ?? 0, epsilon: epsilon)
    for assignment in set where try regularization?.set(assignment) != true { try trained.set(assignment) }

    var check = CoordinateCheck(
      program: program, optimizer: optimizer, parametrization: trained, derivation: derivation,
      base: base,
      widths: try widths.map(parseWidths) ?? CoordinateCheck.usualWidths(program),
      seeds: Array(0..<max(0, seeds ?? Self.usualSeeds)),
      steps: steps, learningRate: rate,
      precision: double ? .double : .float, workers: try parseWorkers(workers), sampling: fresh ? .fresh : .skewed)
    check.regularization = regularization
    try check.validate()
    check.predictions = try program.predictions(derived, optimizer: optimizer, steps: steps)
    let took = (ContinuousClock.now - began) / .seconds(1)
    var checks = [check]
    if standard {
      var comparison = check
      (comparison.parametrization, comparison.predictions) = (.standard(program), nil)
      comparison.regularization = nil
      checks.append(comparison)
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
      check, result, standard: comparison, command: commandLine(), data: data.summary, changes: set,
      version: version)
    try show(document, page: page == "none" ? nil : page)
    switch result.grid.verdict {
    case .agrees: break
    case .disagrees: throw ExitCode.disagrees
    case .cannotTell: throw ExitCode.cannotTell
    }
  }

  private func work(_ check: CoordinateCheck) -> String {
    "training \(check.widths.count) widths x \(check.seeds.count) seeds x \(steps) steps"
      + (standard ? ", in the standard parametrization too" : "")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.0f ms", seconds * 1000) }
}

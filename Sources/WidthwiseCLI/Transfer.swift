import ArgumentParser
import Foundation
import Widthwise

struct Transfer: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See whether the best learning rate of a small width is that of a large one.",
    discussion: """
      The same program is trained at several widths, seeds and learning rates, in several parametrizations. For each \
      width the best rate is fitted, with a 95 % interval over seeds; its drift decides: 0.25 octaves per doubling of \
      the width and less is transfer. Rates are binary logarithms at the base width. Where the best one is at the edge, \
      the grid grows by itself. A page with the picture is written beside it.

      The exit status is about the first parametrization: 0 if its best rate transfers, 1 if it drifts, 2 if too little \
      can be told, \(ExitCode.errors).

      With --record, finished runs are appended to a file; the same command goes on from there, and \
      so does one with more widths, seeds or rates.

        widthwise transfer mlp --data digits --widths 64..1024 --seeds 3
        widthwise transfer mlp --data digits --widths 64,256,1024 --rates=-12..2 --seeds 2 --record digits.jsonl
        widthwise transfer gpt --depth 2 --optimizer adamw --parametrizations mup,standard,ntk --steps 400
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "digits, shakespeare, random, a CSV file (last column the label) or a text file.", completion: .data)
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Widths: 64,128,256 or 64..1024 in doublings. (default: 64..1024, or what fits the network)", valueName: "widths")
  )
  var widths: String?

  @Option(
    help: ArgumentHelp(
      "Binary logarithms of the first rates: --rates=-10..-4, or -6,-5.5,-5. (default: two octaves on either side of the "
        + "optimizer's usual one)", valueName: "log2 rates"))
  var rates: String?

  @Option(
    help: ArgumentHelp("How far beyond these the grid may grow on either side; 0 for not at all.", valueName: "octaves")
  )
  var grow = 12.0

  @Option(help: "How many seeds.")
  var seeds = 3

  @Option(help: "Updates of each run.")
  var steps = 200

  @Option(help: "What is compared: mean (of the losses of all updates) or final (after the last).")
  var score: Score = .mean

  @Option(
    help: ArgumentHelp("Which parametrizations: mup (the derived one), standard, ntk.", valueName: "names"))
  var parametrizations = "mup,standard"

  @Option(
    help: "The width at which everything equals the standard parametrization; the smallest of the widths if not given.")
  var base: Int?

  @Flag(help: "Train in double precision.")
  var double = false

  @Option(help: "Runs side by side; the number of processors if not given. The result is the same for any number.")
  var workers: Int?

  @Option(
    help: ArgumentHelp("Append finished runs to this file, and go on from what is in it.", valueName: "file"),
    completion: .file())
  var record: String?

  @Option(
    help: ArgumentHelp("Where the page goes, or none. (default: NAME-transfer.html)", valueName: "file"),
    completion: .file())
  var report: String?

  @Option(
    help: ArgumentHelp(
      "Write every run's loss; - prints them, and all else as errors are.", valueName: "file"), completion: .file())
  var csv: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if json, csv == "-" { throw ValidationError("--json and --csv -: print one of them") }
    if report == "-" {
      throw ValidationError("--report -: give a file; without --report it is named after the program")
    }
    guard (0...1000).contains(seeds) else { throw ValidationError("--seeds \(seeds): from 1 to 1000") }
    guard grow >= 0, grow <= 100 else { throw ValidationError("--grow \(grow): from 0 to 100 octaves") }
  }

  func run() throws {
    let (program, data) = try source.load(data: data)
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()
    let page = report ?? "\(program.name)-transfer.html".replacing("/", with: "-")
    for file in [page == "none" ? nil : page, csv == "-" ? nil : csv] { if let file { try tryWriting(file) } }
    let usual = TransferStudy(program: program, optimizer: optimizer, parametrizations: []).grid.first
    let study = TransferStudy(
      program: program, optimizer: optimizer, parametrizations: try arms(program, optimizer), base: base,
      widths: try widths.map(parseWidths) ?? CoordinateCheck.usualWidths(program), seeds: Array(0..<max(0, seeds)),
      grid: RateGrid(first: try rates.map(Transfer.parse) ?? usual, growth: grow), steps: steps,
      score: score == .mean ? .mean : .final, precision: double ? .double : .float, workers: try parseWorkers(workers))
    let record: CellRecord<TransferCell>? = try openRecord(record, TransferSettings(version: version))

    let began = ContinuousClock.now
    let progress = Progress("")
    let runs = "\(study.parametrizations.count) x \(study.widths.count) widths x \(seeds) seeds"
    let result = try study.run(on: data, record: record) { growth, fraction, left in
      progress.label = "training \(runs)" + (growth > 0 ? ", grid grown \(growth) x" : "")
      progress.report(fraction, left)
    }
    progress.finish()

    let document = TransferReport(
      study, result, command: commandLine(), data: data.summary, version: version,
      seconds: (ContinuousClock.now - began) / .seconds(1))
    try show(document, page: page == "none" ? nil : page)
    switch result.verdict {
    case .transfers: break
    case .drifts: throw ExitCode.disagrees
    case .cannotTell: throw ExitCode.cannotTell
    }
  }

  /// Prints the answer and then writes the files, so that no answer is lost with a file.
  private func show(_ document: TransferReport, page: String?) throws {
    func say(_ text: String) {
      if csv == "-" { FileHandle.standardError.write(Data("\(text)\n".utf8)) } else { print(text) }
    }
    if json {
      print(try document.json(), terminator: "")
    } else {
      if csv == "-" { print(document.csv, terminator: "") }
      say("\(document.plot)\n\n\(document.table)\n\n\(document.sentences.joined(separator: "\n"))")
    }
    if let csv, csv != "-" { try write(document.csv, to: csv) }
    guard let page else { return }
    try write(TransferPage(document).page, to: page)
    if !json { say("report: \(page)") }
  }

  enum Score: String, ExpressibleByArgument, CaseIterable { case mean, final }

  private func arms(_ program: Program, _ optimizer: Optimizer) throws -> [Parametrization] {
    try parametrizations.split(separator: ",", omittingEmptySubsequences: false).map { name in
      switch name.trimmingCharacters(in: .whitespaces) {
      case "mup": try program.maximalUpdate(optimizer: optimizer).parametrization
      case "standard": .standard(program)
      case "ntk": .neuralTangent(program)
      default: throw ProgramError.option("--parametrizations \(name): write mup, standard or ntk")
      }
    }
  }

  /// `-6,-5.5,-5`, or `-10..-4` in octaves.
  static func parse(_ rates: String) throws -> [Double] {
    let problem = ValidationError(
      "--rates \(rates): write binary logarithms of at least three rates, as --rates=-10..-4 or --rates=-6,-5.5,-5")
    if let dots = rates.firstRange(of: "..") {
      guard let low = Int(rates[..<dots.lowerBound]), let high = Int(rates[dots.upperBound...]), low.magnitude <= 100,
        high.magnitude <= 100, high - low >= 2
      else { throw problem }
      return (low...high).map(Double.init)
    }
    return try rates.split(separator: ",").map {
      guard let rate = Double($0.trimmingCharacters(in: .whitespaces)), rate.isFinite else { throw problem }
      return rate
    }
  }
}

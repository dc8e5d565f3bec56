import ArgumentParser
import Widthwise

struct Align: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how weights and what they meet are aligned in training.",
    discussion: """
      Of a weight W that is contracted with x, a sum of N terms, log_N(rms(W x) / (rms(W) rms(x))) is 1/2 where the \
      terms are independent and 1 where they agree: alpha of the weight's update with what was there at initialization, \
      omega of the initial weight with the change of what it meets, u of the two changes. Means and standard deviations \
      over seeds, at the largest width; beside them the slope over the widths, which no constant factor shifts, and what \
      the calculus expects.

        widthwise align mlp --data digits --optimizer adam --widths 64,256,1024 --steps 5 --seeds 2
        widthwise align gpt --depth 1 --only '*.attention.query'
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "digits, shakespeare, random, a CSV file or a text file.", completion: .data)
  var data: String?

  @OptionGroup var table: TableOptions

  @Option(help: ArgumentHelp("Widths: 64,128,256 or 64..1024 in doublings.", valueName: "widths"))
  var widths = "64,256,1024"

  @Option(help: "How many seeds.")
  var seeds = 2

  @Option(help: "Updates of each run.")
  var steps = 5

  @Option(help: "The learning rate at the base width; the optimizer's usual one if not given.")
  var rate: Double?

  @Option(help: "The width at which everything equals the standard parametrization.")
  var base = 256

  @Flag(help: "Train in the standard parametrization instead of the derived one.")
  var standard = false

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("Train with this exponent instead of the derived one; repeatable.", valueName: "NAME.c=0"))
  var set: [String] = []

  @Option(
    parsing: .singleValue, help: ArgumentHelp("Only this weight, * for any letters; repeatable.", valueName: "NAME"))
  var only: [String] = []

  @Flag(help: "A new batch at every step, instead of one for all.")
  var fresh = false

  @Option(help: "Runs side by side; the number of processors if not given. The result is the same for any number.")
  var workers: Int?

  @Flag(help: "List every width, not only the largest.")
  var all = false

  @Flag(
    help: ArgumentHelp(
      "Also print the largest stable rates under the measured alignment (after the last step, slopes rounded to "
        + "quarters), beside those under full and no alignment and those of the calculus."))
  var derive = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let (program, data) = try source.load(data: data, reading: table.reading)
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()
    let derived = standard ? nil : try program.maximalUpdate(optimizer: optimizer).parametrization
    var rules = derived ?? .standard(program)
    for assignment in set { try rules.set(assignment) }
    let measurement = AlignmentMeasurement(
      program: program, optimizer: optimizer, parametrization: rules, weights: only.isEmpty ? nil : only, base: base,
      widths: try parseWidths(widths), seeds: Array(0..<max(0, seeds)), steps: steps, learningRate: rate,
      workers: try parseWorkers(workers), sampling: fresh ? .fresh : .fixed)
    let progress = Progress("training \(measurement.widths.count) widths x \(seeds) seeds x \(steps) steps")
    let result = try measurement.run(on: data, progress: progress.report)
    progress.finish()
    // What was measured is shown even if no rates follow from it.
    if !json {
      print("\(program.name), \(optimizer.name), \(rules.name); \(data.summary)")
      print(result.table(all: all))
    }
    let rates = derive ? try alignedRates(result, program, optimizer, derived: derived) : nil
    if json {
      try printJSON(AlignmentDocument(measurement, result, data: data.summary, rates: rates))
    } else if let rates {
      print("\n" + rates.table)
    }
  }

  /// - Parameter derived: nil if what is trained begins with the standard initial sizes.
  private func alignedRates(
    _ result: AlignmentResult, _ program: Program, _ optimizer: Optimizer, derived: Parametrization?
  ) throws -> [AlignedRates] {
    let calculus =
      try derived ?? program.maximalUpdate(optimizer: optimizer, subjectTo: [.standardInitialization]).parametrization
    return try result.rates(
      program, optimizer: optimizer, from: derived == nil ? .standard : .derived, calculus: calculus)
  }
}

import ArgumentParser
import Foundation
import Widthwise

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Check the check: put wrong rules to it, one at a time, and count what it misses.",
    discussion: """
      Of each architecture under each optimizer one exponent is moved at a time (a multiplier, an initial size, a rate, \
      a decay, an epsilon), trained and held against what was derived without that. A check that agrees has missed it. \
      The derived rules themselves must not be refuted; the exit status is 0 only if none is.

      With --record, finished cells are appended to a file, and are not made again when the same command is given again.

        widthwise audit mlp --optimizers adam,sgd
        widthwise audit mlp gpt --sample 40 --record audit.jsonl
      """)

  @Argument(help: ArgumentHelp("Architectures; all if none is named.", valueName: "architecture"))
  var architectures: [String] = []

  @Option(
    help: ArgumentHelp(
      "Optimizers (see: widthwise list). Those with commas in them: between semicolons.", valueName: "names"))
  var optimizers = "sgd,adam"

  @Option(help: ArgumentHelp("Widths: 64,128,256 or 64..1024 in doublings.", valueName: "widths"))
  var widths = "64..1024"

  @Option(help: "How many seeds.")
  var seeds = 4

  @Option(help: "Updates of each run.")
  var steps = 3

  @Option(help: ArgumentHelp("By how much exponents are moved, up and down.", valueName: "amounts"))
  var by = "1/4,1/2"

  @Option(help: "How many mutations of each architecture and optimizer are tried; 0 for all.")
  var sample = 12

  @Option(help: "Runs side by side; the number of processors if not given.")
  var workers: Int?

  @Option(help: ArgumentHelp("Append finished cells to this file, and go on from what is in it.", valueName: "file"))
  var record: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print the table for a page.")
  var markdown = false

  func run() throws {
    guard sample >= 0 else { throw ValidationError("--sample \(sample): 0 or more") }
    guard seeds >= 1, steps >= 1 else { throw ValidationError("--seeds and --steps: at least 1") }
    let shifts = try by.split(separator: ",").map { text in
      guard let shift = Rational(String(text)), shift > 0 else {
        throw ValidationError("--by \(text): write fractions above 0, such as 1/4,1/2")
      }
      return shift
    }
    let chosen = try architectures.map { try Architecture(named: $0) }
    let settings = AuditSettings(
      widths: try parseWidths(widths), seeds: seeds, steps: steps, shifts: shifts, sample: sample == 0 ? nil : sample,
      version: version)
    let audit = Audit(
      architectures: chosen.isEmpty ? Architecture.all : chosen, optimizers: try parseOptimizers(optimizers),
      settings: settings, workers: try parseWorkers(workers))
    let record = try record.map { try AuditRecord(file: $0, settings: settings) }
    let progress = Progress("")
    let cells = try audit.run(record: record) { cell, fraction, left in
      progress.label = cell
      progress.report(fraction, left)
    }
    progress.finish()
    let report = AuditReport(cells)
    if json {
      try printJSON(cells)
    } else {
      print(markdown ? report.markdown : report.table + "\n\n" + report.sentence + ".")
    }
    if !report.isSound { throw ExitCode(1) }
  }
}

/// Names between commas, or between semicolons where names have commas in them.
func parseOptimizers(_ text: String) throws -> [Optimizer] {
  let separator: Character = text.contains(";") ? ";" : ","
  return try text.split(separator: separator, omittingEmptySubsequences: false).map {
    try Optimizer(named: $0.trimmingCharacters(in: .whitespaces))
  }
}

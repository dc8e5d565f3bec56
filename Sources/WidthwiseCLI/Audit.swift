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
      The derived rules themselves must not be refuted; the exit status is 0 if none is, 1 if one is, \
      \(ExitCode.errors).

      With --record, finished cells are appended to a file, and are not made again when the same command is given again.

        widthwise audit mlp --optimizers adam,sgd
        widthwise audit mlp gpt --sample 40 --record audit.jsonl
      """)

  @OptionGroup var study: StudyOptions

  @Option(help: ArgumentHelp("By how much exponents are moved, up and down.", valueName: "amounts"))
  var by = "1/4,1/2"

  @Option(help: "How many mutations of each architecture and optimizer are tried; 0 for all.")
  var sample = 12

  func run() throws {
    let steps = study.steps ?? 3
    guard sample >= 0 else { throw ValidationError("--sample \(sample): 0 or more") }
    guard study.seeds >= 1, steps >= 1 else { throw ValidationError("--seeds and --steps: at least 1") }
    let shifts = try by.split(separator: ",").map { text in
      guard let shift = Rational(String(text)), shift > 0 else {
        throw ValidationError("--by \(text): write fractions above 0, such as 1/4,1/2")
      }
      return shift
    }
    let settings = AuditSettings(
      widths: try parseWidths(study.widths ?? "64..1024"), seeds: study.seeds, steps: steps, shifts: shifts,
      sample: sample == 0 ? nil : sample, version: version)
    let audit = Audit(
      architectures: try study.chosenArchitectures(),
      optimizers: try study.chosenOptimizers(usually: "sgd,adam"), settings: settings,
      workers: try parseWorkers(study.workers))
    let record: CellRecord<AuditCell>? = try study.openRecord(settings)
    let progress = Progress("")
    let cells = try audit.run(record: record) { cell, fraction, left in
      progress.label = cell
      progress.report(fraction, left)
    }
    progress.finish()
    let report = AuditReport(cells)
    if study.json {
      try printJSON(cells)
    } else {
      print(study.markdown ? report.markdown : report.table + "\n\n" + report.sentence + ".")
    }
    if !report.isSound { throw ExitCode.disagrees }
  }
}

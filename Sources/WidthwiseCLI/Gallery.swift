import ArgumentParser
import Foundation
import Widthwise

struct Gallery: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Derive every built-in architecture under several optimizers, and confirm each by measurement.",
    discussion: """
      A cell is one architecture under one optimizer: derived, then trained at several widths, as check does. A row of \
      a cell is one value or weight at one step, its size or its change. The exit status is 0 if no row \
      disagrees and every cell could be measured, else 1; \(ExitCode.errors).

      With --record, finished cells are appended to a file, and are not checked again when the same command is given \
      again, unless they ended in an error or something else is derived by now.

        widthwise gallery --quick
        widthwise gallery mlp gpt --optimizers sgd,adam --record gallery.jsonl
        widthwise gallery --record gallery.jsonl --page Notes/Gallery.md
      """)

  @OptionGroup var study: StudyOptions

  @Option(help: "The width at which everything equals the standard parametrization. (default: the smallest)")
  var base: Int?

  @Option(
    help: ArgumentHelp(
      "Time for a cell: widths expected to end later are left out. (default: 40)", valueName: "seconds"))
  var limit: Double?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("An option for each architecture that has it; repeatable.", valueName: "depth=1"))
  var with: [String] = []

  @Flag(help: "Widths 32..256, two steps: for a first look.")
  var quick = false

  @Option(help: ArgumentHelp("Write the table into a page, between its marks.", valueName: "file"), completion: .file())
  var page: String?

  func validate() throws {
    guard (base ?? 1) >= 1 else { throw ValidationError("--base \(base ?? 0): a width is at least 1") }
  }

  func run() throws {
    let matrix = GalleryMatrix(
      architectures: try study.chosenArchitectures(),
      optimizers: try study.chosenOptimizers(usually: "sgd,adam,muon+adamw"),
      settings: try settings(), workers: try parseWorkers(study.workers))
    let text = try page.map { try readPage($0) }
    // A page without marks is refused before the work, not after it.
    if let page, let text { _ = try report([], matrix).replacing(in: text, file: page) }
    let record: CellRecord<GalleryCell>? = try study.openRecord(matrix.settings)

    let progress = Progress("")
    let count = "\(matrix.architectures.count) architectures x \(matrix.optimizers.count) optimizers"
    let cells = try matrix.run(record: record) { cell, fraction, left in
      progress.label = "\(count): \(cell)"
      progress.report(fraction, left)
    }
    progress.finish()

    let report = report(cells, matrix)
    if let page, let text { try write(try report.replacing(in: text, file: page), to: page) }
    if study.json {
      print(try report.json(), terminator: "")
    } else if study.markdown {
      print(report.markdown, terminator: "")
    } else {
      print("\(report.table)\n\n\(report.sentence).")
    }
    if !report.isConfirmed { throw ExitCode.disagrees }
  }

  private func report(_ cells: [GalleryCell], _ matrix: GalleryMatrix) -> GalleryReport {
    GalleryReport(
      cells, settings: matrix.settings, command: commandLine(),
      machine: "\(ProcessInfo.processInfo.operatingSystemVersionString), \(ParallelJobs.processors) processors")
  }

  private func settings() throws -> GallerySettings {
    GallerySettings(
      widths: try parseWidths(study.widths ?? (quick ? "32..256" : "64..1024")), seeds: study.seeds,
      steps: study.steps ?? (quick ? 2 : 3), base: base, limit: limit ?? 40, options: with,
      version: version)
  }

  private func readPage(_ path: String) throws -> String {
    do {
      guard let text = String(data: try SystemFile.contents(of: path), encoding: .utf8) else {
        throw FileFailure("\(path) can't be read: it is not a text file (UTF-8)")
      }
      return text
    } catch let problem as SystemFile.Problem {
      throw FileFailure("\(path) can't be read: \(problem.reason)")
    }
  }
}

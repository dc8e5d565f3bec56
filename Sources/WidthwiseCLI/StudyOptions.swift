import ArgumentParser
import Foundation
import Widthwise

/// What the commands have in common that go over architectures and optimizers, a cell each.
struct StudyOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Architectures; all if none is named.", valueName: "architecture"), completion: .architectures)
  var architectures: [String] = []

  @Option(
    help: ArgumentHelp(
      "Optimizers (see: widthwise list). Those with commas in them: between semicolons. (default: sgd,adam; of the "
        + "gallery muon+adamw too)", valueName: "names"))
  var optimizers: String?

  @Option(help: ArgumentHelp("Widths: 64,128,256 or 64..1024 in doublings. (default: 64..1024)", valueName: "widths"))
  var widths: String?

  @Option(help: "How many seeds.")
  var seeds = 4

  @Option(help: "Updates of each run. (default: 3)")
  var steps: Int?

  @Option(help: "Runs side by side; the number of processors if not given.")
  var workers: Int?

  @Option(
    help: ArgumentHelp("Append finished cells to this file, and go on from what is in it.", valueName: "file"),
    completion: .file())
  var record: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print the table for a page.")
  var markdown = false

  func validate() throws {
    guard !(json && markdown) else { throw ValidationError("--json and --markdown: print one of them") }
  }

  /// Each once.
  func chosenArchitectures() throws -> [Architecture] {
    let named = try architectures.map { try Architecture(named: $0) }
    return named.isEmpty ? Architecture.all : unique(named, by: \.name)
  }

  /// Each once: names between commas, or between semicolons where names have commas in them.
  func chosenOptimizers(usually usual: String) throws -> [Optimizer] {
    let optimizers = optimizers ?? usual
    let separator: Character = optimizers.contains(";") ? ";" : ","
    let named = try optimizers.split(separator: separator, omittingEmptySubsequences: false).map {
      try Optimizer(named: $0.trimmingCharacters(in: .whitespaces))
    }
    return unique(named, by: \.word)
  }

  private func unique<T>(_ items: [T], by name: (T) -> String) -> [T] {
    var seen: Set<String> = []
    return items.filter { seen.insert(name($0)).inserted }
  }

  func openRecord<Cell: RecordedCell>(_ settings: Cell.Settings) throws -> CellRecord<Cell>? {
    try WidthwiseCLI.openRecord(record, settings)
  }
}

/// The record, if one is asked for; what an interruption left in it is told.
func openRecord<Cell: RecordedCell>(_ file: String?, _ settings: Cell.Settings) throws -> CellRecord<Cell>? {
  guard let file else { return nil }
  let opened = try CellRecord<Cell>(file: file, settings: settings)
  for line in opened.cutLines {
    let text = "\(file), line \(line), was cut off when it was written; its cell is made again\n"
    FileHandle.standardError.write(Data(text.utf8))
  }
  return opened
}

import ArgumentParser
import Foundation
import Widthwise

struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Compare what a trainer does with the derived rules.",
    discussion: """
      A dump is a trainer's parameters at one width: names, shapes, initial sizes, rates, decay and epsilon. From two \
      the powers of width are measured; from one, rates are compared with one another. The exit status is 0 if \
      nothing disagrees, 1 if something does, \(ExitCode.errors).

        widthwise lint --script > dump.py
        widthwise lint gpt64.pt2 gpt128.pt2 --dump 256.json --dump 1024.json
      """)

  @Flag(help: "Print Python that writes a dump, and do nothing else.")
  var script = false

  @Option(
    parsing: .singleValue, help: ArgumentHelp("A dump; once or twice.", valueName: "file"), completion: .file())
  var dump: [String] = []

  @Option(help: "The width of the rules' base, which one dump alone is compared with.")
  var base = 256

  @Argument(
    help: ArgumentHelp("A network, as in derive.", valueName: "program"), completion: .programs)
  var program: String?

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("Options of the architecture.", valueName: "architecture options"))
  var settings: [String] = []

  @OptionGroup var optimizer: OptimizerOption

  func validate() throws {
    if script { return }
    guard program != nil else { throw ValidationError("Missing expected argument '<program>'") }
    guard (1...2).contains(dump.count) else { throw ValidationError("--dump: give one or two dumps") }
    guard base >= 1 else { throw ValidationError("--base \(base): a width is at least 1") }
  }

  func run() throws {
    if script { return print(TrainerDump.script, terminator: "") }
    var source = ProgramOptions()
    (source.program, source.settings) = (program ?? "", settings)
    let dumps = try dump.map { path in
      guard let data = FileManager.default.contents(atPath: path) else { throw FileFailure("\(path) can't be read") }
      do { return try TrainerDump(json: data) } catch { throw FileFailure("\(path): \(error)") }
    }
    let network = try source.load()
    let optimizer = try optimizer.load(for: network)
    let derivation = try network.maximalUpdate(optimizer: optimizer)
    let lint = try Lint(derivation, optimizer: optimizer, dumps: dumps, base: base)
    print(lint.text)
    if !lint.isClean { throw ExitCode.disagrees }
  }
}

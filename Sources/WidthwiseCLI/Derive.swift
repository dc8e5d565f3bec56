import ArgumentParser
import Widthwise

struct Derive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Derive the maximal update parametrization of a network.",
    discussion: """
      Each weight's initial size and learning rate as a power of the width n, with the factor from the base width.

        widthwise derive gpt --heads 4 --head-size n
        widthwise derive mlp --optimizer sgd --base 128 --width 4096
        widthwise derive mlp --explain readout
        widthwise show gpt --depth 1 | widthwise derive - --json
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "The width at which everything equals the standard parametrization.")
  var base = 256

  @Option(help: "The width whose factors are shown.")
  var width = 1024

  @Option(
    help: ArgumentHelp(
      "Say which event of the run fixed a weight's or multiplier's exponents; or: all.", valueName: "name"))
  var explain: String?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    for (option, value) in [("--base", base), ("--width", width)] where value < 1 {
      throw ValidationError("\(option) \(value): a width is at least 1")
    }
  }

  func run() throws {
    let derivation = try source.load().maximalUpdate(optimizer: optimizer.load(), folding: explain == nil)
    if let explain {
      let names =
        explain == "all"
        ? derivation.parametrization.weights.map(\.name) + derivation.parametrization.multipliers.map(\.name)
        : [explain]
      print(try names.map { try derivation.explain($0) }.joined(separator: "\n\n"))
      print("\nlines are those of: widthwise show \(source.spelled) --step \(optimizer.optimizer)")
    } else if json {
      try printJSON(try DerivationDocument(derivation, base: base))
    } else {
      print(try derivation.table(base: base, width: width))
    }
  }
}

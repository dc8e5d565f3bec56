import ArgumentParser
import Widthwise

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network for another trainer.", subcommands: [Torch.self, Rules.self])

  struct Torch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A network as PyTorch code that runs by itself.",
      discussion: """
        The network with its initialization, parameter groups and a log of coordinate sizes, under the derived rules.

          widthwise export torch gpt --heads 4 > gpt.py
          python gpt.py --widths 64 128 256 --steps 5 > log.csv
        """)

    @OptionGroup var source: ProgramOptions
    @OptionGroup var optimizer: OptimizerOption

    @Option(help: "The width at which everything equals the standard parametrization.")
    var base = 256

    func validate() throws {
      guard base >= 1 else { throw ValidationError("--base \(base): a width is at least 1") }
    }

    func run() throws {
      let program = try source.load()
      let derivation = try program.maximalUpdate(optimizer: optimizer.load(for: program))
      print(try TorchCode(derivation, base: base).text, terminator: "")
    }
  }

  struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The derived rules in the form that a trainer takes.",
      discussion: """
          widthwise export rules gpt > gpt-rules.json
          widthwise export rules gpt64.pt2 gpt128.pt2 --as param-groups > gpt_rules.py
          widthwise export rules gpt --as torchtitan --width 4096
          widthwise export rules gpt --as latex
        """)

    @OptionGroup var source: ProgramOptions
    @OptionGroup var optimizer: OptimizerOption

    @Option(
      name: .customLong("as"),
      help: ArgumentHelp(
        "The form: \(RulesForm.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "form"))
    var form = RulesForm.json.rawValue

    @Option(help: "The width at which everything equals the standard parametrization.")
    var base = 256

    @Option(help: "The width of a form that is for one.")
    var width = 1024

    func validate() throws {
      for (option, value) in [("--base", base), ("--width", width)] where value < 1 {
        throw ValidationError("\(option) \(value): a width is at least 1")
      }
      guard RulesForm(rawValue: form) != nil else {
        throw ValidationError("--as \(form): write \(RulesForm.allCases.map(\.rawValue).joined(separator: ", "))")
      }
    }

    func run() throws {
      let program = try source.load()
      let derivation = try program.maximalUpdate(optimizer: optimizer.load(for: program))
      let rules = try RulesDocument(derivation, base: base)
      print(try rules.text(as: RulesForm(rawValue: form) ?? .json, at: width), terminator: "")
    }
  }
}

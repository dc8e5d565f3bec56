import ArgumentParser
import Widthwise

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a network for another trainer.", subcommands: [Torch.self])

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
      let derivation = try source.load().maximalUpdate(optimizer: optimizer.load())
      print(try TorchCode(derivation, base: base).text, terminator: "")
    }
  }
}

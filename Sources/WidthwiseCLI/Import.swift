import ArgumentParser
import Foundation
import Widthwise

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Read a model of another trainer as a program.", subcommands: [Torch.self])

  struct Torch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Two files of torch.export at two widths, as a program.",
      discussion: """
        Which dimensions grow, and how, is what differs between the files. They need no weights: make the model on the \
        meta device.

          for width in (64, 128):
              with torch.device("meta"):
                  model = Model(width)
              torch.export.save(torch.export.export(model, (example,)), f"model{width}.pt2")

          widthwise import torch model64.pt2 model128.pt2 -o model.tp
          widthwise derive model.tp --base 64 --width 1024
        """)

    @OptionGroup var files: TorchFiles

    @Option(name: [.short, .long], help: "Where the program is written; standard output if not given.")
    var output: String?

    func run() throws {
      let model = try files.load()
      let notes = model.report.table.split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.isEmpty ? "#" : "# \($0)"
      }.joined(separator: "\n")
      let text = "# base width \(model.report.base)\n#\n\(notes)\n\n\(model.program.text)"
      guard let output else { return print(text, terminator: "") }
      do {
        try Data(text.utf8).write(to: URL(fileURLWithPath: output))
      } catch {
        throw FileFailure("\(output) can't be written: \(error.localizedDescription)")
      }
      print(model.report.table)
      print("\nwritten to \(output); base width \(model.report.base)")
    }
  }
}

/// A model as two files.
struct TorchFiles: ParsableArguments {
  @Argument(help: "The file of the smaller model (torch.export.save).")
  var small: String

  @Argument(help: "The file of the larger one.")
  var large: String

  @Option(
    help:
      "What is minimized if the model has no loss: \(TorchModel.Loss.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var loss = LossChoice.automatic

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A parameter that starts at zero, which a file without weights does not tell; * for any text, repeatable.",
      valueName: "name"))
  var zero: [String] = []

  func load() throws -> TorchModel { try TorchModel(small: small, large: large, loss: loss.loss, zero: zero) }
}

/// ``TorchModel/Loss`` as a word.
struct LossChoice: ExpressibleByArgument {
  let loss: TorchModel.Loss
  static let automatic = LossChoice(loss: .automatic)

  init(loss: TorchModel.Loss) { self.loss = loss }

  init?(argument: String) {
    guard let found = TorchModel.Loss(rawValue: argument) else { return nil }
    loss = found
  }

  var defaultValueDescription: String { loss.rawValue }
}

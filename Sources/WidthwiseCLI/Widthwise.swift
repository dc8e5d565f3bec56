import ArgumentParser

@main
struct WidthwiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "widthwise",
    abstract: "How a network's initialization, learning rates and multipliers must scale with its width.",
    discussion: """
      A network is a built-in architecture with options, or a program file. Sizes are whole numbers, or grow with \
      the width n: n, 4n, n/32, n^(1/2).

        widthwise derive gpt --heads 4 --head-size n
        widthwise derive my.tp --optimizer sgd --explain readout
        widthwise check gpt --data shakespeare
        widthwise train mlp --data digits --width 256 --steps 500 --schedule cosine --warmup 50
      """,
    version: version,
    subcommands: [
      List.self, Show.self, Derive.self, Classify.self, Compare.self, Check.self, Align.self, Gallery.self,
      AuditCommand.self, Transfer.self, Train.self, Limit.self, Import.self, Export.self, LintCommand.self,
    ])
}

/// The version of this package, for reports and transcripts.
let version = "0.1.0"

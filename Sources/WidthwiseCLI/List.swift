import ArgumentParser
import Widthwise

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The built-in architectures, their options, and the optimizers.",
    discussion: """
        widthwise list
        widthwise list gpt --json
      """)

  @Argument(help: "Only this architecture.")
  var architecture: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Document: Encodable {
    struct Item: Encodable { var name: String, summary: String, options: [Setting], sources: [Citation] }
    struct Step: Encodable { var name: String, summary: String, rate: Double, sources: [Citation] }
    struct Setting: Encodable {
      var name: String
      var standard: String
      var help: String
      enum CodingKeys: String, CodingKey {
        case name, help
        case standard = "default"
      }
    }
    var architectures: [Item]
    var optimizers: [Step]
    var nonlinearities: [String]
  }

  func run() throws {
    let chosen = try architecture.map { [try Architecture(named: $0)] } ?? Architecture.all
    if json {
      try printJSON(
        Document(
          architectures: chosen.map { architecture in
            .init(
              name: architecture.name, summary: architecture.summary,
              options: architecture.options.map { .init(name: $0.name, standard: $0.defaultText, help: $0.help) },
              sources: architecture.sources)
          },
          optimizers: Optimizer.all.map {
            .init(name: $0.word, summary: $0.summary, rate: $0.defaultRate, sources: $0.sources)
          }, nonlinearities: Nonlinearity.all.map(\.name)))
      return
    }
    for architecture in chosen {
      print("\(architecture.name)  \(architecture.summary)")
      var table = Table([("", .left), ("", .left), ("", .left)])
      for option in architecture.options { table.append(["  --\(option.name)", option.defaultText, option.help]) }
      print(table.text + (self.architecture == nil ? "\n" : ""))
    }
    if architecture != nil { return }
    print("optimizers; for different weights: --optimizer 'adamw, blocks.*=sgd, matrices=lion'")
    var table = Table([("", .left), ("", .left)])
    for optimizer in Optimizer.all { table.append(["  \(optimizer.word)", optimizer.summary]) }
    print(table.text)
  }
}

import ArgumentParser
import Widthwise

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The built-in architectures, their options, and the optimizers.",
    discussion: """
        widthwise list
        widthwise list gpt --json
      """)

  @Argument(help: "Only this architecture.", completion: .architectures)
  var architecture: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Document: Encodable {
    struct Item: Encodable {
      var name: String, summary: String, options: [Setting], sources: [Citation], published: [PublishedModel]
    }
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
              sources: architecture.sources, published: architecture.published)
          },
          optimizers: Optimizer.all.map {
            .init(name: $0.word, summary: $0.summary, rate: $0.defaultRate, sources: $0.sources)
          }, nonlinearities: Nonlinearity.all.map(\.name)))
      return
    }
    for architecture in chosen {
      print("\(architecture.name)  \(architecture.summary)")
      var table = TextTable([("", .left), ("", .left), ("", .left)])
      for option in architecture.options { table.append(["  --\(option.name)", option.defaultText, option.help]) }
      print(table.text + (self.architecture == nil ? "\n" : ""))
    }
    if architecture != nil {
      for architecture in chosen { print(Self.published(architecture) + Self.sources(architecture), terminator: "") }
      return
    }
    print("optimizers; for different weights: --optimizer 'adamw, blocks.*=sgd, matrices=lion'")
    var table = TextTable([("", .left), ("", .left)])
    for optimizer in Optimizer.all { table.append(["  \(optimizer.word)", optimizer.summary]) }
    print(table.text)
  }

  /// The published configurations: options that differ between them as a table, those that do not in a line below.
  private static func published(_ architecture: Architecture) -> String {
    let models = architecture.published
    guard let first = models.first else { return "" }
    let training = Set(models.flatMap { $0.training.keys }).subtracting(["parameters"]).sorted()
    var fields: [(name: String, values: [String?])] = []
    for option in architecture.options { fields.append((option.name, models.map { $0.settings[option.name] })) }
    for name in ["parameters"] + training { fields.append((name, models.map { $0.training[name] })) }
    fields.append(("place", models.map { $0.place }))
    let varied = fields.filter { field in field.values.contains { $0 != field.values[0] } }
    var columns: [(title: String, alignment: TextTable.Alignment)] = [("published", .left)]
    for field in varied { columns.append((field.name, .left)) }
    var table = TextTable(columns)
    for (i, model) in models.enumerated() { table.append([model.name] + varied.map { $0.values[i] ?? "" }) }
    var lines: [String] = []
    for field in fields where !varied.contains(where: { $0.name == field.name }) {
      if let value = field.values[0] { lines.append("  \(field.name): \(value)\n") }
    }
    let head = varied.isEmpty ? "published  \(first.name)" : table.text
    return "\n\(head)\n" + lines.joined()
  }

  private static func sources(_ architecture: Architecture) -> String {
    architecture.sources.isEmpty ? "" : "\n" + architecture.sources.map { "source  \($0.text)\n" }.joined()
  }
}

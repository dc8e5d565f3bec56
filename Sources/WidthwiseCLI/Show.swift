import ArgumentParser
import Widthwise

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A network as a program, in a form that can be edited and read back.",
    discussion: """
        widthwise show mlp > my.tp
        widthwise show gpt --depth 1 --step adam
      """)

  @OptionGroup var source: ProgramOptions

  @Flag(help: "Add the backward pass.")
  var gradient = false

  @Option(help: "Add the backward pass and this optimizer's step.")
  var step: String?

  @Flag(help: "Print JSON.")
  var json = false

  private struct Document: Encodable {
    struct Size: Encodable { var name: String, size: String, growth: Rational }
    struct Line: Encodable {
      var line: Int, name: String, axes: [String], operation: String, operands: [String], text: String
    }
    var program: String
    var dimensions: [Size]
    var instructions: [Line]
    var loss: String?
  }

  func run() throws {
    var program = try source.load()
    if let step {
      program = try program.withStep(try Optimizer(named: step))
    } else if gradient {
      program = try program.withGradient()
    }
    guard json else {
      print(program.text, terminator: "")
      return
    }
    try printJSON(
      Document(
        program: program.name,
        dimensions: program.dimensions.map { .init(name: $0.name, size: $0.size.description, growth: $0.growth) },
        instructions: program.instructions.enumerated().map { i, instruction in
          .init(
            line: program.lineNumber(i), name: instruction.name, axes: instruction.axes.map(\.name),
            operation: instruction.primitive.word, operands: instruction.operands.map { program[$0].name },
            text: program.line(i))
        }, loss: program.loss.map { program[$0].name }))
  }
}

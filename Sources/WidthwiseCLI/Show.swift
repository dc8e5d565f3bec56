import ArgumentParser
import Widthwise

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A network as a program, in a form that can be edited and read back.",
    discussion: """
        widthwise show mlp > my.tp
        widthwise show gpt --depth 1 --step adam

      With --exponents, the size of every value as a power of the width stands at the right of its line, at each step \
      of a run: forward pass, backward pass and optimizer's step, under the derived parametrization or another one.

        widthwise show mlp --depth 1 --exponents --optimizer sgd
        widthwise show mlp --exponents --from standard --steps 2
        widthwise show gpt --depth 1 --exponents --set readout.b=1/2
      """)

  @OptionGroup var source: ProgramOptions

  @Flag(help: "Add the backward pass.")
  var gradient = false

  @Option(help: "Add the backward pass and this optimizer's step.")
  var step: String?

  @Flag(help: "Add backward pass, step and the exponents of every value.")
  var exponents = false

  @Option(help: "With --exponents: the optimizer (see: widthwise list). (default: adam)")
  var optimizer: String?

  @Option(help: "With --exponents: how many steps. (default: 3)")
  var steps: Int?

  @Option(help: "With --exponents: the parametrization, mup (the derived one) or standard. (default: mup)")
  var from: String?

  @Option(help: "With --exponents: its gauge (see: widthwise derive --help).", completion: .gauges)
  var gauge: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp("With --exponents: another exponent, repeatable.", valueName: "NAME.a=1/2"))
  var set: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if exponents {
      if step != nil { throw ValidationError("--step: with --exponents the step is that of --optimizer") }
      return
    }
    let given = [("--optimizer", optimizer), ("--from", from), ("--gauge", gauge)].filter { $0.1 != nil }.map(\.0)
    let others = (steps == nil ? [] : ["--steps"]) + (set.isEmpty ? [] : ["--set"])
    if let first = (given + others).first { throw ValidationError("\(first) belongs to --exponents; add it") }
  }

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

  private func showExponents() throws {
    let program = try source.load()
    let optimizer =
      optimizer == nil && !program.step.isEmpty
      ? try Optimizer(stepOf: program) : try Optimizer(named: optimizer ?? "adam")
    var parametrization = try program.parametrization(from ?? "mup", optimizer: optimizer)
    if let gauge {
      parametrization = try parametrization.inGauge(
        Gauge(named: gauge), under: program.gaugeLaw(optimizer: optimizer))
    }
    for assignment in set { try parametrization.set(assignment) }
    let run = try program.exponents(parametrization, optimizer: optimizer, steps: steps ?? 3)
    if json {
      try printJSON(
        ExponentsDocument(run, optimizer: optimizer.name, parametrization: parametrization.name))
    } else {
      print(run.listing, terminator: "")
    }
  }

  func run() throws {
    if exponents { return try showExponents() }
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

import ArgumentParser
import Widthwise

extension Limit {
  struct Exact: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Train a polynomial network at infinite width, in rational numbers.",
      discussion: """
        The output before the first step and after each, as fractions: nothing is rounded. The nonlinearities have to be \
        polynomials (identity, square), the data and the rate rational. Each weight starts and moves as the maximal update \
        parametrization says, with base width 1. The number of digits grows threefold with each step of one hidden linear \
        layer, faster in others.

          widthwise limit exact linear.tp --rate 1/10 --steps 3 --input x=1 --input y=1
          widthwise limit exact linear.tp --rate 1/3 --steps 1 --input x=3/2 --input y=-1 --json
        """)

    @OptionGroup var source: ProgramOptions

    @Option(help: "The optimizer; its step has to be a polynomial too.")
    var optimizer = "sgd"

    @Option(help: ArgumentHelp("The learning rate at width 1.", valueName: "fraction"))
    var rate = "1/10"

    @Option(help: "How many steps.")
    var steps = 3

    @Option(
      parsing: .singleValue,
      help: ArgumentHelp("What fills an input, row-major; once for each.", valueName: "name=1,1/2"))
    var input: [String] = []

    @Option(help: "The value that is followed. (default: the network's output)")
    var output: String?

    @Option(help: "The parametrization, mup (the derived one) or standard.")
    var from = "mup"

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
      guard steps >= 0 else { throw ValidationError("--steps \(steps): at least 0") }
      guard Rational(rate) != nil else { throw ValidationError("--rate \(rate): write a fraction such as 1/10") }
    }

    private struct Document: Encodable {
      struct Number: Encodable { var fraction: String, decimal: Double }
      struct Step: Encodable { var step: Int, values: [Number] }
      var program: String, optimizer: String, rate: String, parametrization: String, output: String
      var steps: [Step]
    }

    func run() throws {
      let program = try source.load()
      let optimizer = try Optimizer(named: optimizer)
      let parametrization = try program.parametrization(from, optimizer: optimizer)
      let data = try values()
      let training = try ExactTraining(
        program, optimizer: optimizer, rate: Rational(rate) ?? 0, parametrization: parametrization)
      let name = try training.output(named: output)
      let progress = Progress("exact")
      let found = try training.outputs(of: name, on: data, steps: steps) { step in
        progress.report(Double(step) / Double(max(1, steps)), 0)
      }
      progress.finish()
      if json {
        try printJSON(
          Document(
            program: program.name, optimizer: optimizer.name, rate: rate, parametrization: parametrization.name,
            output: name,
            steps: found.enumerated().map { step, values in
              .init(step: step, values: values.map { .init(fraction: $0.description, decimal: $0.double) })
            }))
        return
      }
      print("\(name) of \(program.name) at infinite width, \(optimizer.name) at rate \(rate), \(parametrization.name)")
      var table = TextTable([("step", .right), ("decimal", .right), ("fraction", .left)])
      for (step, values) in found.enumerated() {
        for (i, value) in values.enumerated() {
          table.append([i == 0 ? "\(step)" : "", "\(value.double)", value.description])
        }
      }
      print(table.text)
    }

    /// `--input x=1,1/2` by name. Throws ``ProgramError/option(_:)``.
    private func values() throws -> [String: [Rational]] {
      var result: [String: [Rational]] = [:]
      for text in input {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let numbers = parts.count == 2 ? parts[1].split(separator: ",").map { Rational(String($0)) } : []
        guard parts.count == 2, !numbers.isEmpty, !numbers.contains(nil) else {
          throw ProgramError.option("--input \(text): write NAME= and numbers or fractions, such as x=1,1/2")
        }
        guard result.updateValue(numbers.compactMap(\.self), forKey: parts[0]) == nil else {
          throw ProgramError.option("--input \(parts[0]) is given twice")
        }
      }
      return result
    }
  }
}

import ArgumentParser
import Widthwise

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what becomes of a network under given exponents: stable, trivial, feature learning, kernel regime.",
    discussion: """
      Starts from the standard parametrization (or the derived one, with --from mup) and takes what --set says, in the \
      convention multiplier n^-a, initial standard deviation n^-b, learning rate n^-c. NAME may hold * for any letters.

        widthwise classify mlp --optimizer sgd --set '*.c=1'
        widthwise classify gpt --from mup --set readout.b=1/2
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(parsing: .singleValue, help: ArgumentHelp("An exponent, repeatable.", valueName: "NAME.a=1/2"))
  var set: [String] = []

  @Option(help: "What holds where --set says nothing: standard or mup.")
  var from = "standard"

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let program = try source.load()
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()
    var parametrization = try program.parametrization(from, optimizer: optimizer)
    for assignment in set { try parametrization.set(assignment) }
    let found = try program.classify(parametrization, optimizer: optimizer)
    if json {
      try printJSON(ClassificationDocument(found, program: program.name, optimizer: optimizer.name))
      return
    }
    let given = set.isEmpty ? "" : " with \(set.joined(separator: ", "))"
    print(
      "\(program.name), \(optimizer.name), \(from == "mup" ? "maximal update" : from)\(given): \(found.regime.phrase)")
    if let failure = found.failure {
      print("  \(failure)")
      return
    }
    var table = TextTable([("layer", .left), ("change of features", .left)])
    for layer in found.layers { table.append([layer.name, layer.r.map { (-$0).asPowerOfWidth } ?? "none"]) }
    print("r = \(found.r?.description ?? "none: no feature changes")\n\n" + table.text)
  }
}

extension Classification.Regime {
  /// The regime as a sentence names it: `kernel regime`, `unstable`.
  fileprivate var phrase: String { self == .kernel ? "kernel regime" : rawValue }
}

extension Program {
  /// The parametrization that `--from` names.
  func parametrization(_ from: String, optimizer: Optimizer) throws -> Parametrization {
    switch from {
    case "standard": .standard(self)
    case "mup": try maximalUpdate(optimizer: optimizer).parametrization
    default: throw ProgramError.option("--from \(from): write standard or mup")
    }
  }
}

import ArgumentParser
import Widthwise

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Where two optimizers or parametrizations of one network differ, weight by weight.",
    discussion: """
      A row for each weight that differs, exponents of both, and how many agree. What differs in gauge only, and so is \
      the same network, is told apart.

      With --optimizers, the derived parametrizations of two optimizers. With --parametrizations, two of: derived, \
      standard, or a gauge (see: widthwise derive --help). With --set, the second one is changed; alone, the derived \
      one against the derived one with that change.

        widthwise compare gpt --optimizers adam,sgd
        widthwise compare gpt --parametrizations derived,standard
        widthwise compare mlp --parametrizations table8,table9 --optimizer sgd
        widthwise compare gpt --set '*.attention.scale=-1/2'
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: ArgumentHelp("Two optimizers.", valueName: "first,second"))
  var optimizers: String?

  @Option(help: ArgumentHelp("Two of: derived, standard, a gauge.", valueName: "first,second"))
  var parametrizations: String?

  @Option(
    parsing: .singleValue, help: ArgumentHelp("Change the second one, repeatable.", valueName: "NAME.a=1/2"))
  var set: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard optimizers == nil || parametrizations == nil else {
      throw ValidationError("--optimizers and --parametrizations: compare one thing at a time")
    }
    guard optimizers != nil || parametrizations != nil || !set.isEmpty else {
      throw ValidationError("nothing to compare: give --optimizers, --parametrizations or --set")
    }
  }

  func run() throws {
    let program = try source.load()
    let difference = try difference(program)
    if json {
      try printJSON(DifferenceDocument(difference, program: program.name))
      return
    }
    let common = optimizers == nil ? ", \(try optimizer.load(for: program).name)" : ""
    let changes = set.isEmpty ? "" : " with \(set.joined(separator: ", "))"
    print(
      "\(program.name)\(common): \(difference.names.joined(separator: " against "))\(changes)\n\n\(difference.table)")
  }

  private func difference(_ program: Program) throws -> ParametrizationDifference {
    if let optimizers {
      let two = try pair(optimizers, "--optimizers").map { try self.optimizer.load($0, for: program) }
      let first = try program.maximalUpdate(optimizer: two[0]).parametrization
      var second = try program.maximalUpdate(optimizer: two[1]).parametrization
      for assignment in set { try second.set(assignment) }
      var result = try first.difference(from: second)
      result.names = [two[0].name, set.isEmpty ? two[1].name : "changed"]
      return result
    }
    let names = try parametrizations.map { try pair($0, "--parametrizations") } ?? ["derived", "derived"]
    let optimizer = try optimizer.load(for: program)
    let law = try program.gaugeLaw(optimizer: optimizer)
    let both = try names.map { try parametrization($0, program, optimizer, law) }
    var second = both[1]
    for assignment in set { try second.set(assignment) }
    var result = try both[0].difference(from: second, under: law)
    result.names = [names[0], set.isEmpty ? names[1] : "changed"]
    return result
  }

  private func parametrization(
    _ name: String, _ program: Program, _ optimizer: Optimizer, _ law: GaugeLaw
  ) throws -> Parametrization {
    if name == "standard" { return .standard(program) }
    let derived = try program.maximalUpdate(optimizer: optimizer).parametrization
    if name == "derived" { return derived }
    do {
      return try derived.inGauge(Gauge(named: name), under: law)
    } catch ScalingError.unknownGauge(_, let known) {
      throw ScalingError.unknownParametrization(name, known: ["derived", "standard"] + known)
    }
  }

  private func pair(_ text: String, _ option: String) throws -> [String] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw ProgramError.option("\(option) \(text): write two names with a comma between them")
    }
    return parts
  }
}

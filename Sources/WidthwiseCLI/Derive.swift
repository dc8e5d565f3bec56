import ArgumentParser
import Widthwise

struct Derive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Derive the maximal update parametrization of a network.",
    discussion: """
      Each weight's initial size and learning rate as a power of the width n, with the factor from the base width.

        widthwise derive gpt --heads 4 --head-size n
        widthwise derive mlp --optimizer sgd --base 128 --width 4096
        widthwise derive mlp --explain readout
        widthwise derive mlp --optimizer sgd --gauge table9
        widthwise derive gpt --cite bibtex
        widthwise derive gpt --optimizer sgd --global-rate --fix 'embedding.*.b=0'
        widthwise derive mlp --standard-init --alignment none
        widthwise derive gpt --epsilon 1e-8 --data shakespeare
        widthwise show gpt --depth 1 | widthwise derive - --json
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption
  @OptionGroup(title: "Constraints") var question: QuestionOptions

  @Option(help: "The width at which everything equals the standard parametrization.")
  var base = 256

  @Option(help: "The width whose factors are shown.")
  var width = 1024

  @Option(
    help: ArgumentHelp(
      "Say which event of the run fixed a weight's or multiplier's exponents; or: all.", valueName: "name"))
  var explain: String?

  @Option(
    help: ArgumentHelp(
      "How powers of width are divided between multiplier, initialization and rate: "
        + Gauge.all.map(\.name).joined(separator: ", ") + "; or: all, side by side.", valueName: "gauge"),
    completion: .gauges)
  var gauge = Gauge.multiplierFree.name

  @Option(
    defaultAsFlag: .text,
    help: ArgumentHelp(
      "The works that the answer (with --explain, of one weight) rests on: as text, bibtex or json.",
      valueName: "format"))
  var cite: CiteFormat?

  @Flag(help: "Print how far each initial size could be made smaller.")
  var ranges = false

  @Flag(help: "Print how weight decay must scale, by the convention of the trainer.")
  var decay = false

  @Option(
    defaultAsFlag: .own,
    help: ArgumentHelp(
      "Measure what the optimizer's epsilons (or: this number in place of them) are added to, and say from which width "
        + "on a constant epsilon takes over.", valueName: "number"))
  var epsilon: EpsilonChoice?

  @Option(help: "What --epsilon measures on: as in check; random if not given.", completion: .data)
  var data: String?

  @Flag(help: "Print JSON: all of this, explanations and measured epsilons where they are asked for.")
  var json = false

  func validate() throws {
    for (option, value) in [("--base", base), ("--width", width)] where value < 1 {
      throw ValidationError("\(option) \(value): a width is at least 1")
    }
    if case .unreadable(let text)? = epsilon {
      throw ValidationError("--epsilon \(text): write a number above 0, or nothing more for the optimizer's own")
    }
    if data != nil, epsilon == nil { throw ValidationError("--data is what --epsilon measures on; give both") }
    if epsilon != nil, explain != nil || cite != nil || ranges || decay {
      throw ValidationError("--epsilon goes with the table or --json, not with another kind of answer")
    }
  }

  func run() throws {
    let chosen = gauge == "all" ? nil : try Gauge(named: gauge)
    let (program, data): (Program, (any DataSource)?) = try Progress.waiting("reading \(source.program)") {
      self.epsilon == nil ? (try source.load(), nil) : try source.load(data: self.data ?? "random")
    }
    let optimizer = try optimizer.load(for: program)
    let derivation = try Progress.waiting("deriving \(program.name)") { try derive(program, optimizer, chosen) }
    if let cite {
      let names = explain.map { $0 == "all" ? [] : [$0] } ?? []
      let works = Bibliography(try derivation.references([optimizer], for: names), program: derivation.program.name)
      switch json ? .json : cite {
      case .text: print(works.text)
      case .bibtex: print(works.bibtex)
      case .json: try printJSON(works)
      }
      return
    }
    let names = explained(derivation)
    let explanations = names.isEmpty ? [] : try derivation.explain(names)
    if json {
      guard chosen != nil else { throw ProgramError.option("--gauge all is a table; give --json one gauge") }
      let byName = Dictionary(zip(names, explanations), uniquingKeysWith: { first, _ in first })
      try printJSON(
        try DerivationDocument(
          derivation, base: base, width: width, measured: try measured(program, optimizer, derivation, data),
          explanations: byName))
      return
    }
    var parts = explanations
    if explain != nil {
      let step = optimizer.isOwn ? "" : " --step \(self.optimizer.optimizer ?? "adam")"
      parts.append("lines are those of: widthwise show \(source.spelled)\(step)")
    }
    if ranges { parts.append(try derivation.rangesTable()) }
    if decay { parts.append(derivation.decayTable()) }
    if parts.isEmpty {
      let found = try measured(program, optimizer, derivation, data)
      parts.append(try chosen == nil ? derivation.gaugeTable() : derivation.table(base: base, width: width))
      if question.isAsked { parts.append(try regime(program, derivation.parametrization, optimizer)) }
      if let found { parts.append(found.table(base: base)) }
    }
    print(parts.joined(separator: "\n\n"))
  }

  private func derive(_ program: Program, _ optimizer: Optimizer, _ chosen: Gauge?) throws -> Derivation {
    let derivation =
      try question.derive(program, optimizer) ?? program.maximalUpdate(optimizer: optimizer, folding: explain == nil)
    guard let chosen, chosen.name != Gauge.multiplierFree.name || !question.isAsked, chosen.name != derivation.gauge
    else { return derivation }
    return try derivation.inGauge(chosen)
  }

  /// What `--explain` names.
  private func explained(_ derivation: Derivation) -> [String] {
    guard explain == "all" else { return explain.map { [$0] } ?? [] }
    return derivation.parametrization.weights.map(\.name) + derivation.parametrization.multipliers.map(\.name)
  }

  private func measured(
    _ program: Program, _ optimizer: Optimizer, _ derivation: Derivation, _ data: (any DataSource)?
  ) throws -> [MeasuredEpsilon]? {
    guard let data, let epsilon else { return nil }
    let found = try EpsilonMeasurement(
      program: program, optimizer: optimizer, derivation: derivation, base: base, epsilon: epsilon.number
    ).run(on: data)
    guard !found.isEmpty else { throw ProgramError.option("--epsilon: no step of \(optimizer.name) has one") }
    return found
  }
}

/// The regime of a network under the exponents that were asked for.
private func regime(_ program: Program, _ parametrization: Parametrization, _ optimizer: Optimizer) throws -> String {
  let found = try program.classify(parametrization, optimizer: optimizer)
  let r = found.r.map { ", features change by \((-$0).asPowerOfWidth)" } ?? ""
  return "by the calculus: \(found.regime.rawValue)\(r)\(found.failure.map { "; \($0)" } ?? "")"
}

/// How works are listed.
enum CiteFormat: String, ExpressibleByArgument, CaseIterable {
  case text, bibtex, json
}

/// An optimizer's own epsilons, or a number.
enum EpsilonChoice: ExpressibleByArgument {
  case own
  case given(Double)
  /// Text that is no number; kept, because the parser would ignore a value that is refused here.
  case unreadable(String)

  init?(argument: String) {
    let number = Double(argument) ?? .nan
    self = number.isFinite && number > 0 ? .given(number) : .unreadable(argument)
  }

  var number: Double? {
    if case .given(let number) = self { number } else { nil }
  }

  var defaultValueDescription: String { number.map { "\($0)" } ?? "the optimizer's own" }
}

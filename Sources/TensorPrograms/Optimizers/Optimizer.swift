/// An optimizer: the program by which one weight moves, given its gradient.
///
/// It is a program like any other, so that its exponents follow from it without being told. A new optimizer is one
/// value in one file.
///
///     let heavy = Optimizer("heavy ball", defaultRate: 0.02) { s in
///       let momentum = s.remember("momentum") { 0.9 * $0 + s.gradient }
///       return s.weight - s.rated(momentum)
///     }
public struct Optimizer: Sendable {
  public let name: String
  /// One line for a list: what distinguishes its step.
  public let summary: String
  /// The learning rate at the base width for runs that are given none: large, as a coordinate check wants it.
  public let defaultRate: Double
  /// The works that it is taken from.
  public let sources: [Citation]
  /// What a program must have for this optimizer; empty for most.
  package let patterns: [String]
  /// Whether the step may depend on a weight's name, so that weights that are otherwise alike get different steps.
  package let tellsWeightsApart: Bool
  /// The program whose own step this is, if it is one that a program brings with it.
  package let own: Program?
  /// Writes the step: the weight's new value.
  package let step: @Sendable (OptimizerStep) -> Value

  public init(
    _ name: String, defaultRate: Double, summary: String = "", sources: [Citation] = [],
    step: @escaping @Sendable (OptimizerStep) -> Value
  ) {
    self.init(
      name, defaultRate: defaultRate, summary: summary, sources: sources, patterns: [], tellsWeightsApart: false,
      step: step)
  }

  package init(
    _ name: String, defaultRate: Double, summary: String, sources: [Citation], patterns: [String],
    tellsWeightsApart: Bool, own: Program? = nil, step: @escaping @Sendable (OptimizerStep) -> Value
  ) {
    self.name = name
    self.summary = summary
    self.defaultRate = defaultRate
    self.sources = sources
    self.patterns = patterns
    self.tellsWeightsApart = tellsWeightsApart
    self.own = own
    self.step = step
  }

  /// Whether it is the step that a program brings with it.
  public var isOwn: Bool { own != nil }

  /// The name that the shell takes.
  public var word: String { name.lowercased() }
}

public import TensorPrograms

/// Different optimizers for different weights of one network.
extension Optimizer {
  /// An optimizer that hands each weight to the one that `choose` names for it.
  ///
  ///     let mixed = Optimizer.perWeight("SGD + Adam") { $0.isMatrix ? .sgd : .adam }
  ///
  /// A run's learning rate is that of `first`; the others' are in the proportion of their usual rates to its.
  public static func perWeight(
    _ name: String, first: Optimizer = .adam, summary: String = "", sources: [Citation] = [],
    choose: @escaping @Sendable (OptimizerStep) -> Optimizer
  ) -> Optimizer {
    Optimizer(
      name, defaultRate: first.defaultRate, summary: summary, sources: sources, patterns: [], tellsWeightsApart: true
    ) { step in
      step.delegate(to: choose(step), rateOf: first)
    }
  }

  /// By name (`adam`), or by names for parts of a network: `adamw, blocks.*=sgd, matrices=lion` is AdamW for all
  /// weights that no later pattern fits. In a pattern `*` stands for any letters; `matrices` are the weights that grow
  /// on both sides. Of several patterns that fit a weight the first counts.
  ///
  /// Throws: ``ProgramError/unknownOptimizer(_:known:)``; ``ProgramError/option(_:)`` for a text of another form. That
  /// a pattern fits no weight is found when a program is given (``Program/withStep(_:)``).
  public init(named text: String) throws {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
    let standard = try Optimizer(word: parts[0])
    if parts.count == 1 {
      self = standard
      return
    }
    let rules = try parts.dropFirst().map { part -> (pattern: String, optimizer: Optimizer) in
      guard let equals = part.lastIndex(of: "="), !part[..<equals].trimmed.isEmpty else {
        throw ProgramError.option(
          "\"\(part)\": after the first optimizer write PATTERN=OPTIMIZER, such as: adamw, blocks.*=sgd, matrices=lion")
      }
      return (part[..<equals].trimmed, try Optimizer(word: part[part.index(after: equals)...].trimmed))
    }
    let name = ([standard.name] + rules.map { "\($0.pattern)=\($0.optimizer.name)" }).joined(separator: ", ")
    var sources: [Citation] = []
    for citation in ([standard] + rules.map(\.optimizer)).flatMap(\.sources) where !sources.contains(citation) {
      sources.append(citation)
    }
    self.init(
      name, defaultRate: standard.defaultRate, summary: "different optimizers for different weights", sources: sources,
      patterns: rules.map(\.pattern), tellsWeightsApart: rules.contains { $0.pattern != "matrices" }
    ) { step in
      step.delegate(to: rules.first { step.fits($0.pattern) }?.optimizer ?? standard, rateOf: standard)
    }
  }

  private init(word: String) throws {
    guard let found = Optimizer.all.first(where: { $0.word == word.lowercased() }) else {
      throw ProgramError.unknownOptimizer(word, known: Optimizer.all.map(\.word))
    }
    self = found
  }
}

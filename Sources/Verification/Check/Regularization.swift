public import Exact
public import Scaling
public import TensorPrograms

/// Weight decay and epsilons that a check trains with: numbers at the base width, and how they scale.
///
/// By the derived rules each keeps its proportion to what it acts on: decay to the weight, or to the gradient if it is a
/// part of that; an epsilon to what it is added to.
public struct Regularization: Sendable {
  /// The decay at the base width; 0 for none.
  public var decay: Double
  /// The optimizer's epsilons at the base width; its own if nil, and then constant.
  public var epsilon: Double?
  /// The exponents of decay by the name of the weight: decay n^x.
  public var decayExponents: [String: Rational]
  /// The exponents of the epsilons: epsilon n^x.
  public var epsilonExponents: [EpsilonOwner: Rational]

  /// By the derived rules.
  ///
  /// - Parameters:
  ///   - program: The forward program.
  ///   - derivation: Its derivation for the optimizer.
  ///
  /// Throws: as ``Program/withStep(_:)``; ``ProgramError/option(_:)`` if the optimizer has no decay, or no epsilon.
  public init(
    _ program: Program, _ optimizer: Optimizer, _ derivation: Derivation, decay: Double = 0, epsilon: Double? = nil
  ) throws {
    let stepped = try program.withStep(optimizer)
    let terms = stepped.decayTerms
    guard decay.isFinite, decay >= 0 else { throw ProgramError.option("a decay is a number of at least 0") }
    if decay > 0, terms.isEmpty {
      throw ProgramError.option("\(optimizer.name) has no weight decay; see: widthwise list")
    }
    if let epsilon {
      guard epsilon.isFinite, epsilon > 0 else { throw ProgramError.option("an epsilon is a number above 0") }
      if stepped.epsilons.isEmpty { throw ProgramError.option("\(optimizer.name) has no epsilon") }
    }
    (self.decay, self.epsilon) = (decay, epsilon)
    let rules = Dictionary(
      zip(derivation.parametrization.weights.map(\.name), derivation.decays()), uniquingKeysWith: { first, _ in first })
    decayExponents = [:]
    for term in terms {
      guard let rule = rules[term.weight] else { continue }
      decayExponents[term.weight] =
        switch term.convention {
        case .independent: rule.independent
        case .timesRate: rule.timesRate
        case .throughGradient: rule.throughGradient ?? 0
        }
    }
    epsilonExponents = Dictionary(
      try derivation.epsilonExponents().map { ($0.owner, $0.exponent) }, uniquingKeysWith: { first, _ in first })
  }

  /// Sets an exponent by text, `readout.decay=0` or `*.epsilon=-1`. Returns whether the text is about either.
  ///
  /// Throws: ``ScalingError/notAnExponent(_:)``; ``ProgramError/unknownWeight(_:known:)``.
  public mutating func set(_ text: String) throws -> Bool {
    guard let equals = text.lastIndex(of: "="), let dot = text[..<equals].lastIndex(of: ".") else { return false }
    let (pattern, what) = (String(text[..<dot]), text[text.index(after: dot)..<equals])
    guard what == "decay" || what == "epsilon" else { return false }
    guard let value = Rational(String(text[text.index(after: equals)...])) else {
      throw ScalingError.notAnExponent(text)
    }
    let weights = decayExponents.keys.filter { what == "decay" && $0.fits(pattern) }
    let owners = epsilonExponents.keys.filter { what == "epsilon" && $0.weight.fits(pattern) }
    for name in weights { decayExponents[name] = value }
    for owner in owners { epsilonExponents[owner] = value }
    guard !weights.isEmpty || !owners.isEmpty else {
      let known = what == "decay" ? Array(decayExponents.keys) : epsilonExponents.keys.map(\.weight)
      throw ProgramError.unknownWeight(pattern, known: known.sorted())
    }
    return true
  }
}

public import Exact
import Foundation
public import Scaling
public import TensorPrograms
public import Verification

/// The JSON of `derive`: exponents as exact rationals in the convention multiplier n^-a, initial standard deviation
/// n^-b, learning rate n^-c.
///
/// Fields that a later version adds may be ignored; another ``version`` may not be read.
public struct DerivationDocument: Codable, Sendable {
  public static let schema = "widthwise-derivation"
  public static let version = 1

  public var schema = DerivationDocument.schema
  public var version = DerivationDocument.version
  public var program: String
  public var optimizer: String
  public var gauge: String
  public var base: Int
  /// The width at which numbers are given beside exponents.
  public var width: Int
  public var weights: [Weight]
  public var multipliers: [Multiplier]
  /// What must be known beside the exponents; absent if there is nothing.
  public var remarks: [String]?

  public struct Weight: Codable, Sendable {
    public var name: String
    public var shape: [String]
    public var a: Rational
    public var b: Rational
    public var c: Rational
    /// `gaussian`, `constant` or `zero`.
    public var initializer: String
    /// The standard deviation, or the value, at the base width; equal to the standard parametrization's.
    public var initialAtBase: Double
    /// The exponent of the gradient's entries in the steady state, in what is trained (without the multiplier).
    public var gradient: Rational?
    /// The same exponent at each step of the run until it is steady; null where the gradient is zero.
    public var gradientBySteps: [Rational?]
    /// The step from which on the gradient has its steady exponent.
    public var transientEnds: Int
    /// The exponent of the entries of the accumulated update, of what is trained.
    public var update: Rational?
    /// The exponents that the step's epsilons must have.
    public var epsilon: [Rational]
    /// The exponents that weight decay must have, by convention: decay n^x.
    public var decay: DecayExponents
    /// The range of b with everything else fixed; `mostB` is left out where there is no upper end, so that zero is
    /// allowed.
    public var leastB: Rational
    public var mostB: Rational?
    /// What is the same in every gauge.
    public var invariants: GaugeInvariants
    /// The degree of the step, by which a change of gauge moves the rate; left out if it has none.
    public var degree: Rational?
    /// The growth of the axes that are summed where the weight meets data, and of the others.
    public var fanIn: Rational
    public var fanOut: Rational
    /// The step's epsilons beside what they are added to, where that was measured.
    public var epsilons: [EpsilonDocument]?
    /// Exponents as numbers.
    public var atWidth: Numbers
    /// Which event of the run fixed the exponents, where that was asked.
    public var explanation: String?
  }

  /// What a weight has at a width; factors are those from the base width on, where they are 1.
  public struct Numbers: Codable, Sendable {
    /// The standard deviation, or the value of a constant.
    public var initial: Double
    /// Of the multiplier, the learning rate and each of the step's epsilons.
    public var multiplierFactor, rateFactor: Double
    public var epsilonFactors: [Double]
    /// Of weight decay as AdamW in PyTorch has it, multiplied with the rate.
    public var decayFactor: Double

    init(_ rule: WeightRule, decay: Rational, epsilons: [Rational], base: Int, width: Int) throws {
      func factor(_ exponent: Rational) -> Double { pow(Double(width) / Double(base), exponent.double) }
      initial = try rule.initial(at: width, base: base)
      (multiplierFactor, rateFactor) = (factor(rule.multiplier), factor(rule.rate))
      (epsilonFactors, decayFactor) = (epsilons.map(factor), factor(decay))
    }
  }

  public struct Multiplier: Codable, Sendable {
    public var name: String
    public var exponent: Rational
    public var atBase: Double
    public var atWidth: Double
    public var explanation: String?
  }

  /// - Parameters:
  ///   - width: at which numbers are given; the base width if nil.
  ///   - measured: the epsilons, if they have been measured at the base width.
  ///   - explanations: of weights and multipliers, by name.
  ///
  /// Throws ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at one of the widths.
  public init(
    _ derivation: Derivation, base: Int, width: Int? = nil, measured: [MeasuredEpsilon]? = nil,
    explanations: [String: String] = [:]
  ) throws {
    let width = width ?? base
    program = derivation.program.name
    optimizer = derivation.optimizer
    gauge = derivation.gauge
    (self.base, self.width) = (base, width)
    let (decays, initialRanges) = (derivation.decays(), try derivation.initialRanges())
    let (law, epsilons) = (try derivation.gaugeLaw(), try derivation.epsilons())
    weights = try derivation.parametrization.weights.indices.map { k in
      let (rule, facts) = (derivation.parametrization.weights[k], derivation.weights[k])
      let own = law.weights[k]
      return Weight(
        name: rule.name, shape: rule.axes.map(\.name), a: rule.exponents.a, b: rule.exponents.b,
        c: rule.exponents.c, initializer: rule.initializer.word, initialAtBase: try rule.initial(at: base, base: base),
        gradient: derivation.gradient(of: rule.name),
        gradientBySteps: facts.gradients.prefix((facts.transientEnds ?? 0) + 1).map {
          $0.map { $0 - rule.exponents.a }
        },
        transientEnds: facts.transientEnds ?? 0, update: facts.updateSize.map { $0 + rule.exponents.a },
        epsilon: epsilons[k], decay: decays[k], leastB: initialRanges[k].least, mostB: initialRanges[k].most,
        invariants: GaugeInvariants(rule.exponents, degree: own.degree), degree: own.degree,
        fanIn: own.fan.in, fanOut: own.fan.out,
        epsilons: measured?.filter { $0.owner.weight == rule.name }.map { EpsilonDocument($0) },
        atWidth: try Numbers(rule, decay: decays[k].timesRate, epsilons: epsilons[k], base: base, width: width),
        explanation: explanations[rule.name])
    }
    remarks = derivation.remarks.isEmpty ? nil : derivation.remarks.map(\.description)
    multipliers = try derivation.parametrization.multipliers.map {
      Multiplier(
        name: $0.name, exponent: $0.exponent, atBase: try $0.value(at: base, base: base),
        atWidth: try $0.value(at: width, base: base),
        explanation: explanations[$0.name])
    }
  }
}

extension Initializer {
  /// The word for it in documents.
  public var word: String {
    switch self {
    case .gaussian: "gaussian"
    case .constant: "constant"
    case .zero: "zero"
    }
  }
}

/// The JSON of `classify`.
public struct ClassificationDocument: Codable, Sendable {
  public var program: String
  public var optimizer: String
  public var stable: Bool
  public var nontrivial: Bool
  public var regime: Classification.Regime
  public var r: Rational?
  public var layers: [Layer]
  public var failure: String?

  public struct Layer: Codable, Sendable {
    public var name: String
    public var r: Rational?
  }

  public init(_ found: Classification, program: String, optimizer: String) {
    (self.program, self.optimizer) = (program, optimizer)
    (stable, nontrivial, regime, r) = (found.isStable, found.isNontrivial, found.regime, found.r)
    layers = found.layers.map { Layer(name: $0.name, r: $0.r) }
    failure = found.failure?.description
  }
}

extension Classification.Failure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .blowsUp(let value, let line, let step, let exponent):
      "\(value) grows as \(exponent.asPowerOfWidth) "
        + (step == 0 ? "at initialization" : "after \(step) update\(step == 1 ? "" : "s")") + ": \(line)"
    case .vanishes(let value, let line, let exponent):
      "\(value) vanishes as \(exponent.asPowerOfWidth) at initialization: \(line)"
    }
  }
}

public import Exact
public import Foundation
public import Scaling
import TensorPrograms
import Tensors

/// The rules of a network as data that any trainer can read: the rules file.
///
/// Every exponent is an object by scale parameter, of which the width `n` is the only one today: `{"n": "-1/2"}` means
/// (n / base)^(-1/2). Fields that a later version adds may be ignored; another ``version`` may not be read.
public struct RulesDocument: Codable, Sendable, Equatable {
  public static let schema = "widthwise-rules"
  public static let version = 1

  /// Exponents by scale parameter.
  public typealias Powers = [String: Rational]

  public var schema = RulesDocument.schema
  public var version = RulesDocument.version
  public var program: String
  /// A hash of the network's text: rules fit no other network.
  public var architecture: String
  public var optimizer: String
  /// How powers of width are divided between multiplier, start and rate.
  public var gauge: String
  /// The width at which everything is as in the standard parametrization.
  public var base: Int
  public var weights: [Weight]
  public var multipliers: [Multiplier]

  public struct Weight: Codable, Sendable, Equatable {
    public var name: String
    /// The trainer's parameter: the weight is it, or some of its rows or columns.
    public var parameter: String
    /// Names of the dimensions, and the number of entries at the base width.
    public var shape: [String]
    public var entriesAtBase: Int
    /// `gaussian`, `constant` or `zero`.
    public var initializer: String
    /// The standard deviation, or the value, at the base width.
    public var initialAtBase: Double
    public var trained: Bool
    public var initial: Powers
    public var rate: Powers
    /// The multiplier of the weight in a gauge that has one.
    public var multiplier: Powers
    /// Weight decay as AdamW in PyTorch has it, multiplied with the rate.
    public var decayTimesRate: Powers
    /// Of each of the optimizer's epsilons.
    public var epsilon: [Powers]
  }

  /// A number of the network that scales with the width, such as an attention scale.
  public struct Multiplier: Codable, Sendable, Equatable {
    public var name: String
    public var atBase: Double
    public var power: Powers
  }

  /// Throws ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at the base width.
  public init(_ derivation: Derivation, base: Int) throws {
    let program = derivation.program
    self.program = program.name
    architecture = String(StableHash.fnv1a(program.text), radix: 16)
    (optimizer, gauge, self.base) = (derivation.optimizer, derivation.gauge, base)
    let (decays, epsilons) = (derivation.decays(), try derivation.epsilons())
    func powers(_ exponent: Rational) -> Powers { ["n": exponent] }
    weights = try derivation.parametrization.weights.enumerated().map { k, rule in
      Weight(
        name: rule.name, parameter: RulesDocument.parameter(rule.name), shape: rule.axes.map(\.name),
        entriesAtBase: try rule.axes.reduce(1) {
          try $0 * $1.dimension.size.value(at: base, of: $1.dimension.name)
        },
        initializer: rule.initializer.kind, initialAtBase: try rule.initial(at: base, base: base),
        trained: !program.isFrozen(rule.name), initial: powers(rule.initialSize), rate: powers(rule.rate),
        multiplier: powers(rule.multiplier), decayTimesRate: powers(decays[k].timesRate),
        epsilon: epsilons[k].map(powers))
    }
    multipliers = try derivation.parametrization.multipliers.map {
      Multiplier(name: $0.name, atBase: try $0.value(at: base, base: base), power: powers($0.exponent))
    }
  }

  /// Reads a rules file. Throws ``RulesError``.
  public init(json data: Data) throws {
    struct Head: Decodable { var schema: String, version: Int }
    let decoder = JSONDecoder()
    guard let head = try? decoder.decode(Head.self, from: data), head.schema == RulesDocument.schema else {
      throw RulesError.unreadable("not a rules file (schema \"\(RulesDocument.schema)\")")
    }
    guard head.version == RulesDocument.version else {
      throw RulesError.unreadable("version \(head.version) of the rules file; this reads \(RulesDocument.version)")
    }
    do { self = try decoder.decode(RulesDocument.self, from: data) } catch {
      throw RulesError.unreadable("a rules file with fields missing or of another type")
    }
    guard base >= 1, weights.allSatisfy({ $0.initialAtBase.isFinite }) else {
      throw RulesError.unreadable("a rules file with a base width of \(base), or a start that is no number")
    }
  }

  /// Pretty, with sorted keys.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// The factor that powers are at a width.
  public func factor(_ powers: Powers, at width: Int) -> Double {
    pow(Double(width) / Double(base), powers["n", default: 0].double)
  }

  /// `wqkv.weight` of `wqkv.weight/0`.
  static func parameter(_ name: String) -> String {
    guard let slash = name.lastIndex(of: "/"), name[name.index(after: slash)...].allSatisfy(\.isNumber) else {
      return name
    }
    return String(name[..<slash])
  }
}

/// Why rules cannot be read, or not be said in the form asked for.
public enum RulesError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(String)
  /// The rows of one parameter have rules of their own, and the form has one rule a parameter.
  case parts(parameter: String, form: String)
  /// Weights have multipliers of their own, which the form cannot say.
  case gauge(String, form: String)

  public var description: String {
    switch self {
    case .unreadable(let reason): reason
    case .parts(let parameter, let form):
      "\(parameter) has parts with different rules, which \(form) cannot say; make them parameters of their own"
    case .gauge(let gauge, let form):
      "in the \(gauge) gauge weights have multipliers, which \(form) cannot say; use the multiplier-free one"
    }
  }
}

extension Initializer {
  fileprivate var kind: String {
    switch self {
    case .gaussian: "gaussian"
    case .constant: "constant"
    case .zero: "zero"
    }
  }
}

extension RulesDocument {
  /// Each parameter once with its rule.
  ///
  /// Throws ``RulesError`` if it has parts of different rules, or multipliers.
  func parameters(for form: String) throws -> [Weight] {
    var found: [Weight] = []
    for weight in weights {
      guard weight.multiplier["n", default: 0].isZero else { throw RulesError.gauge(gauge, form: form) }
      guard let known = found.first(where: { $0.parameter == weight.parameter }) else {
        found.append(weight)
        continue
      }
      guard known.rate == weight.rate, known.initial == weight.initial, known.trained == weight.trained else {
        throw RulesError.parts(parameter: weight.parameter, form: form)
      }
    }
    return found
  }
}

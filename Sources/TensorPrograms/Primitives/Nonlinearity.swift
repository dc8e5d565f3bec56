import Exact
public import Tensors

/// A function of one variable, applied entry by entry.
///
/// This file holds all of them. A new one states its name, what the scale calculus needs to know, and how it and its
/// derivative are computed; its exponents, gradient, text and training follow.
public struct Nonlinearity: Sendable, Hashable {
  public let name: String
  /// The slope of a leaky ReLU on negative numbers; nil for all others.
  public let slope: Double?

  /// How the derivative is computed, whichever is cheaper.
  public enum Derivative: Sendable {
    case ofOperand(UnaryFunction)
    case ofResult(UnaryFunction)
  }

  private init(_ name: String, slope: Double? = nil) {
    self.name = name
    self.slope = slope
  }

  public static let identity = Nonlinearity("identity")
  public static let relu = Nonlinearity("relu")
  public static func leakyReLU(_ slope: Double = 0.01) -> Nonlinearity { Nonlinearity("leakyrelu", slope: slope) }
  public static let tanh = Nonlinearity("tanh")
  public static let erf = Nonlinearity("erf")
  /// x Phi(x), exact.
  public static let gelu = Nonlinearity("gelu")
  /// The tanh approximation of GELU (1606.08415).
  public static let geluTanh = Nonlinearity("gelutanh")
  public static let silu = Nonlinearity("silu")
  public static let sigmoid = Nonlinearity("sigmoid")
  public static let exp = Nonlinearity("exp")
  public static let log = Nonlinearity("log")
  public static let square = Nonlinearity("square")
  public static let sqrt = Nonlinearity("sqrt")
  public static let reciprocal = Nonlinearity("reciprocal")
  public static let absoluteValue = Nonlinearity("abs")
  /// -1, 0 or 1. It has no useful derivative, and none is taken.
  public static let sign = Nonlinearity("sign")
  /// min(1, 1 / |x|): by what to multiply so that a norm of x becomes at most 1. It has no derivative.
  public static let cap = Nonlinearity("cap")
  public static let sine = Nonlinearity("sine")
  public static let cosine = Nonlinearity("cosine")

  /// What is known of each.
  struct Family: Sendable {
    let name: String
    /// What others call it, lower case.
    var otherNames: [String] = []
    let profile: FunctionProfile
    let function: @Sendable (_ slope: Double) -> UnaryFunction
    let derivative: @Sendable (_ slope: Double) -> Derivative?
    /// It as a sum of parts whose Gaussian expectations are closed forms; nil if it is no such sum, and expectations are
    /// then integrated.
    var parts: @Sendable (_ slope: Double) -> [FunctionPart]? = { _ in nil }
  }

  static let families: [Family] = [
    Family(
      name: "identity", otherNames: ["id"], profile: FunctionProfile(.odd, homogeneity: 1),
      function: { _ in .leakyReLU(1) },
      derivative: { _ in .ofOperand(.leakyReLUDerivative(1)) },
      parts: { _ in [FunctionPart(power: 1)] }),
    Family(
      name: "relu", profile: FunctionProfile(.neither, homogeneity: 1), function: { _ in .relu },
      derivative: { _ in .ofResult(.step) },
      parts: { _ in [FunctionPart(power: 1, .step)] }),
    Family(
      name: "leakyrelu", otherNames: ["leaky_relu", "lrelu"], profile: FunctionProfile(.neither, homogeneity: 1),
      function: { .leakyReLU($0) },
      derivative: { .ofOperand(.leakyReLUDerivative($0)) },
      parts: { [FunctionPart($0, power: 1), FunctionPart(1 - $0, power: 1, .step)] }),
    Family(
      name: "tanh", profile: FunctionProfile(.odd), function: { _ in .tanh },
      derivative: { _ in .ofResult(.tanhDerivativeOfResult) }),
    Family(
      name: "erf", profile: FunctionProfile(.odd), function: { _ in .erf },
      derivative: { _ in .ofOperand(.erfDerivative) },
      parts: { _ in [FunctionPart(.erf(1))] }),
    Family(
      name: "gelu", profile: FunctionProfile(.neither), function: { _ in .gelu },
      derivative: { _ in .ofOperand(.geluDerivative) },
      parts: { _ in [FunctionPart(0.5, power: 1), FunctionPart(0.5, power: 1, .erf(0.5.squareRoot()))] }),
    Family(
      name: "gelutanh", otherNames: ["gelu_tanh", "gelu_new", "gelu_approx"], profile: FunctionProfile(.neither),
      function: { _ in .geluTanh },
      derivative: { _ in .ofOperand(.geluTanhDerivative) }),
    Family(
      name: "silu", otherNames: ["swish"], profile: FunctionProfile(.neither), function: { _ in .silu },
      derivative: { _ in .ofOperand(.siluDerivative) }),
    Family(
      name: "sigmoid", otherNames: ["logistic", "expit"], profile: FunctionProfile(.neither, valueAtZero: true),
      function: { _ in .sigmoid },
      derivative: { _ in .ofResult(.sigmoidDerivativeOfResult) }),
    Family(
      name: "exp", profile: FunctionProfile(.neither, valueAtZero: true), function: { _ in .exp },
      derivative: { _ in .ofOperand(.exp) },
      parts: { _ in [FunctionPart(.exponential(1))] }),
    Family(
      name: "log", otherNames: ["ln"], profile: FunctionProfile(.neither, homogeneity: 0), function: { _ in .log },
      derivative: { _ in .ofOperand(.reciprocal) }),
    Family(
      name: "square", otherNames: ["sqr"], profile: FunctionProfile(.even, homogeneity: 2, slopeAtZero: false),
      function: { _ in .square },
      derivative: { _ in .ofOperand(.squareDerivative) },
      parts: { _ in [FunctionPart(power: 2)] }),
    Family(
      name: "sqrt", profile: FunctionProfile(.neither, homogeneity: .half), function: { _ in .sqrt },
      derivative: { _ in .ofResult(.sqrtDerivativeOfResult) }),
    Family(
      name: "reciprocal", otherNames: ["inverse", "inv"], profile: FunctionProfile(.odd, homogeneity: -1),
      function: { _ in .reciprocal },
      derivative: { _ in .ofResult(.reciprocalDerivativeOfResult) }),
    Family(
      name: "abs", otherNames: ["absolute", "fabs"], profile: FunctionProfile(.even, homogeneity: 1),
      function: { _ in .absoluteValue },
      derivative: { _ in .ofOperand(.sign) },
      parts: { _ in [FunctionPart(power: 1, .sign)] }),
    Family(
      name: "sign", otherNames: ["sgn"], profile: FunctionProfile(.odd, homogeneity: 0), function: { _ in .sign },
      derivative: { _ in nil },
      parts: { _ in [FunctionPart(.sign)] }),
    Family(
      name: "cap", profile: FunctionProfile(.even, valueAtZero: true, slopeAtZero: false, degreeAtInfinity: -1),
      function: { _ in UnaryFunction(name: "cap") { min(1, 1 / abs($0)) } }, derivative: { _ in nil }),
    Family(
      name: "sine", otherNames: ["sin"], profile: FunctionProfile(.odd), function: { _ in .sine },
      derivative: { _ in .ofOperand(.cosine) },
      parts: { _ in [FunctionPart(.sine(1))] }),
    Family(
      name: "cosine", otherNames: ["cos"], profile: FunctionProfile(.even, valueAtZero: true, slopeAtZero: false),
      function: { _ in .cosine }, derivative: { _ in .ofOperand(.sineNegative) },
      parts: { _ in [FunctionPart(.cosine(1))] }),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: families.map { ($0.name, $0) })

  private var family: Family { Nonlinearity.byName[name] ?? Nonlinearity.families[0] }

  /// Every nonlinearity, leaky ReLU with its usual slope.
  public static var all: [Nonlinearity] {
    families.map { Nonlinearity($0.name, slope: $0.name == "leakyrelu" ? 0.01 : nil) }
  }

  /// By its name, or an error that lists the known ones.
  public init(named name: String) throws {
    guard Nonlinearity.byName[name] != nil else {
      throw OtherNames.unknown(name, known: Nonlinearity.families.map(\.name))
    }
    self.init(name, slope: name == "leakyrelu" ? 0.01 : nil)
  }

  /// The one whose word this is, nil if it is not a nonlinearity's.
  init?(reading attributes: AttributeReader) throws {
    guard Nonlinearity.byName[attributes.word] != nil else { return nil }
    self.init(attributes.word, slope: attributes.word == "leakyrelu" ? try attributes.number("slope") : nil)
  }

  var attributes: [Attribute] { slope.map { [Attribute("slope", $0.shortest)] } ?? [] }

  public var profile: FunctionProfile { family.profile }
  public var function: UnaryFunction { family.function(slope ?? 0) }
  public var derivative: Derivative? { family.derivative(slope ?? 0) }

  /// The function with what expectations of it need.
  public var entryFunction: EntryFunction {
    EntryFunction(title, profile, parts: family.parts(slope ?? 0), steps: [function])
  }

  /// The same of its derivative; nil if it has none.
  public var slopeFunction: EntryFunction? {
    let steps: [UnaryFunction]
    switch derivative {
    case .ofOperand(let function)?: steps = [function]
    case .ofResult(let function)?: steps = [self.function, function]
    case nil: return nil
    }
    let parts = family.parts(slope ?? 0)?.flatMap(\.derivative)
    return EntryFunction("slope of \(title)", profile.derivative, parts: parts, steps: steps)
  }

  private var title: String { slope.map { "\(name)(\($0.shortest))" } ?? name }
}

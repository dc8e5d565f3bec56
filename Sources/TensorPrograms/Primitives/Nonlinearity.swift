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

  /// How the second derivative is computed.
  enum Curvature: Sendable {
    case number(Double)
    /// In the operations of programs, from the operand, the function's result and its slope.
    case of(@Sendable (_ x: Value, _ y: Value, _ slope: Value) -> Value)
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
  /// log(1 + e^x).
  public static let softplus = Nonlinearity("softplus")
  /// x above 0, e^x - 1 below (1511.07289).
  public static let elu = Nonlinearity("elu")
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
    /// What the derivative of its slope is; nil if it has none.
    let curvature: Curvature?
    /// Whether it is analytic on the real axis, so that series of it converge fast.
    var isAnalytic = true
    /// It as a sum of parts whose Gaussian expectations are closed forms; nil if it is no such sum, and expectations are
    /// then integrated.
    var parts: @Sendable (_ slope: Double) -> [FunctionPart]? = { _ in nil }
  }

  static let families: [Family] = [
    Family(
      name: "identity", otherNames: ["id"], profile: FunctionProfile(.odd, homogeneity: 1),
      function: { _ in .leakyReLU(1) },
      derivative: { _ in .ofOperand(.leakyReLUDerivative(1)) }, curvature: .number(0),
      parts: { _ in [FunctionPart(power: 1)] }),
    Family(
      name: "relu", profile: FunctionProfile(.neither, homogeneity: 1), function: { _ in .relu },
      derivative: { _ in .ofResult(.step) }, curvature: .number(0),
      parts: { _ in [FunctionPart(power: 1, .step)] }),
    Family(
      name: "leakyrelu", otherNames: ["leaky_relu", "lrelu"], profile: FunctionProfile(.neither, homogeneity: 1),
      function: { .leakyReLU($0) },
      derivative: { .ofOperand(.leakyReLUDerivative($0)) }, curvature: .number(0),
      parts: { [FunctionPart($0, power: 1), FunctionPart(1 - $0, power: 1, .step)] }),
    Family(
      name: "tanh", profile: FunctionProfile(.odd), function: { _ in .tanh },
      derivative: { _ in .ofResult(.tanhDerivativeOfResult) }, curvature: .of { _, y, slope in -2 * y * slope }),
    Family(
      name: "erf", profile: FunctionProfile(.odd), function: { _ in .erf },
      derivative: { _ in .ofOperand(.erfDerivative) }, curvature: .of { x, _, slope in -2 * x * slope },
      parts: { _ in [FunctionPart(.erf(1))] }),
    Family(
      name: "gelu", profile: FunctionProfile(.neither), function: { _ in .gelu },
      derivative: { _ in .ofOperand(.geluDerivative) }, curvature: .of { x, _, _ in geluCurvature(x) },
      parts: { _ in [FunctionPart(0.5, power: 1), FunctionPart(0.5, power: 1, .erf(0.5.squareRoot()))] }),
    Family(
      name: "gelutanh", otherNames: ["gelu_tanh", "gelu_new", "gelu_approx"], profile: FunctionProfile(.neither),
      function: { _ in .geluTanh },
      derivative: { _ in .ofOperand(.geluTanhDerivative) }, curvature: .of { x, _, _ in geluTanhCurvature(x) }),
    Family(
      name: "silu", otherNames: ["swish"], profile: FunctionProfile(.neither), function: { _ in .silu },
      derivative: { _ in .ofOperand(.siluDerivative) }, curvature: .of { x, _, _ in siluCurvature(x) }),
    Family(
      name: "softplus", profile: FunctionProfile(.neither, valueAtZero: true), function: { _ in .softplus },
      derivative: { _ in .ofOperand(.sigmoid) },
      curvature: .of { x, _, slope in x.recorder.record(MapSlope(.sigmoid), [x, slope]) }),
    Family(
      name: "elu", profile: FunctionProfile(.neither), function: { _ in .elu },
      derivative: { _ in .ofOperand(.eluDerivative) },
      curvature: .of { x, y, slope in slope - x.recorder.record(MapSlope(.relu), [x, y]) }, isAnalytic: false),
    Family(
      name: "sigmoid", otherNames: ["logistic", "expit"], profile: FunctionProfile(.neither, valueAtZero: true),
      function: { _ in .sigmoid },
      derivative: { _ in .ofResult(.sigmoidDerivativeOfResult) },
      curvature: .of { x, _, slope in -(slope * map(.tanh, 0.5 * x)) }),
    Family(
      name: "exp", profile: FunctionProfile(.neither, valueAtZero: true), function: { _ in .exp },
      derivative: { _ in .ofOperand(.exp) }, curvature: .of { _, _, slope in slope },
      parts: { _ in [FunctionPart(.exponential(1))] }),
    Family(
      name: "log", otherNames: ["ln"], profile: FunctionProfile(.neither, homogeneity: 0), function: { _ in .log },
      derivative: { _ in .ofOperand(.reciprocal) }, curvature: .of { _, _, slope in -(slope * slope) }),
    Family(
      name: "square", otherNames: ["sqr"], profile: FunctionProfile(.even, homogeneity: 2, slopeAtZero: false),
      function: { _ in .square },
      derivative: { _ in .ofOperand(.squareDerivative) }, curvature: .number(2),
      parts: { _ in [FunctionPart(power: 2)] }),
    Family(
      name: "sqrt", profile: FunctionProfile(.neither, homogeneity: .half), function: { _ in .sqrt },
      derivative: { _ in .ofResult(.sqrtDerivativeOfResult) },
      curvature: .of { _, _, slope in -2 * slope * slope * slope }),
    Family(
      name: "reciprocal", otherNames: ["inverse", "inv"], profile: FunctionProfile(.odd, homogeneity: -1),
      function: { _ in .reciprocal },
      derivative: { _ in .ofResult(.reciprocalDerivativeOfResult) }, curvature: .of { _, y, _ in 2 * y * y * y }),
    Family(
      name: "abs", otherNames: ["absolute", "fabs"], profile: FunctionProfile(.even, homogeneity: 1),
      function: { _ in .absoluteValue },
      derivative: { _ in .ofOperand(.sign) }, curvature: .number(0),
      parts: { _ in [FunctionPart(power: 1, .sign)] }),
    Family(
      name: "sign", otherNames: ["sgn"], profile: FunctionProfile(.odd, homogeneity: 0), function: { _ in .sign },
      derivative: { _ in nil }, curvature: nil,
      parts: { _ in [FunctionPart(.sign)] }),
    Family(
      name: "cap", profile: FunctionProfile(.even, valueAtZero: true, slopeAtZero: false, degreeAtInfinity: -1),
      function: { _ in UnaryFunction(name: "cap") { min(1, 1 / abs($0)) } }, derivative: { _ in nil }, curvature: nil,
      isAnalytic: false),
    Family(
      name: "sine", otherNames: ["sin"], profile: FunctionProfile(.odd), function: { _ in .sine },
      derivative: { _ in .ofOperand(.cosine) }, curvature: .of { _, y, _ in -y },
      parts: { _ in [FunctionPart(.sine(1))] }),
    Family(
      name: "cosine", otherNames: ["cos"], profile: FunctionProfile(.even, valueAtZero: true, slopeAtZero: false),
      function: { _ in .cosine }, derivative: { _ in .ofOperand(.sineNegative) }, curvature: .of { _, y, _ in -y },
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
  var curvature: Curvature? { family.curvature }

  /// The function with what expectations of it need.
  public var entryFunction: EntryFunction {
    EntryFunction(title, profile, parts: family.parts(slope ?? 0), steps: [function], isAnalytic: family.isAnalytic)
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
    return EntryFunction(
      "slope of \(title)", profile.derivative, parts: parts, steps: steps, isAnalytic: family.isAnalytic)
  }

  private var title: String { slope.map { "\(name)(\($0.shortest))" } ?? name }
}

/// `2 phi(x) - x^2 phi(x)` with the normal density phi, a multiple of the slope of an error function.
private func geluCurvature(_ x: Value) -> Value {
  let density = (0.125).squareRoot() * slope(of: .erf, (0.5).squareRoot() * x)
  return 2 * density - x * x * density
}

/// With u = c (x + d x^3) and t = tanh u: `(1 - t^2) (c + 6 c d x^2 - t x (c + 3 c d x^2)^2)`.
private func geluTanhCurvature(_ x: Value) -> Value {
  let c = (2 / Double.pi).squareRoot()
  let d = 0.044715
  let square = x * x
  let u = c * x + (c * d) * square * x
  let t = map(.tanh, u)
  let fall = x.recorder.record(MapSlope(.tanh), [u, t])
  let rise = c * x + (3 * c * d) * square * x
  return c * fall + (6 * c * d) * square * fall - t * fall * (c * rise + (3 * c * d) * square * rise)
}

/// `s (1 - s) (2 - x tanh(x / 2))` with the sigmoid s.
private func siluCurvature(_ x: Value) -> Value {
  let fall = slope(of: .sigmoid, x)
  return 2 * fall - x * map(.tanh, 0.5 * x) * fall
}

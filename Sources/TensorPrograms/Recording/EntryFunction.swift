public import Tensors

/// A function of one variable as numbers: what an interpretation needs that takes expectations of it.
public struct EntryFunction: Sendable {
  /// Tells it from others: `tanh`, `slope of tanh`, `leakyrelu(0.2)`.
  public let name: String
  public let profile: FunctionProfile
  /// The function as a sum of parts whose Gaussian expectations are closed forms; nil if it is no such sum.
  public let parts: [FunctionPart]?
  /// Whether it is analytic on the real axis.
  public let isAnalytic: Bool
  private let steps: [UnaryFunction]

  /// - Parameter steps: The functions whose composition it is, the first one applied first.
  public init(
    _ name: String, _ profile: FunctionProfile, parts: [FunctionPart]?, steps: [UnaryFunction],
    isAnalytic: Bool = true
  ) {
    (self.name, self.profile, self.parts, self.steps) = (name, profile, parts, steps)
    self.isAnalytic = isAnalytic
  }

  /// Its values at many numbers.
  public func callAsFunction(_ x: [Double]) -> [Double] {
    var values = x
    values.withUnsafeMutableBufferPointer { values in
      guard let start = values.baseAddress else { return }
      for step in steps { step.apply(UnsafePointer(start), start, count: values.count) }
    }
    return values
  }

  public func callAsFunction(_ x: Double) -> Double { steps.reduce(x) { $1($0) } }
}

/// A number times `x^power base(x)`.
public struct FunctionPart: Sendable, Hashable {
  public enum Base: Sendable, Hashable {
    case one
    /// 1 for positive x, else 0.
    case step
    /// -1, 0 or 1.
    case sign
    /// erf(a x).
    case erf(Double)
    /// exp(-a x^2).
    case bump(Double)
    /// exp(a x).
    case exponential(Double)
    /// cos(a x).
    case cosine(Double)
    /// sin(a x).
    case sine(Double)
  }

  public var coefficient: Double
  public var power: Int
  public var base: Base

  public init(_ coefficient: Double = 1, power: Int = 0, _ base: Base = .one) {
    (self.coefficient, self.power, self.base) = (coefficient, power, base)
  }

  public init(_ base: Base) { self.init(1, base) }

  /// Its derivative, apart from a jump at 0.
  public var derivative: [FunctionPart] {
    var parts = power == 0 ? [] : [FunctionPart(coefficient * Double(power), power: power - 1, base)]
    switch base {
    case .one, .step, .sign: break
    case .erf(let a):
      parts.append(FunctionPart(coefficient * a * 2 / Double.pi.squareRoot(), power: power, .bump(a * a)))
    case .bump(let a): parts.append(FunctionPart(coefficient * -2 * a, power: power + 1, base))
    case .exponential(let a): parts.append(FunctionPart(coefficient * a, power: power, base))
    case .cosine(let a): parts.append(FunctionPart(-coefficient * a, power: power, .sine(a)))
    case .sine(let a): parts.append(FunctionPart(coefficient * a, power: power, .cosine(a)))
    }
    return parts
  }

  /// Its value at 0, where a sign is 0 and a step 0.
  public var atZero: Double {
    guard power == 0 else { return 0 }
    switch base {
    case .one, .bump, .exponential, .cosine: return coefficient
    case .step, .sign, .erf, .sine: return 0
    }
  }
}

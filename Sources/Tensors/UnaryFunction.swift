internal import CVectorMath

/// A function of one variable, applied to contiguous entries. Result and operand may be the same memory.
///
/// The named ones agree with their definitions to 4e-7 relative in Float and 1e-13 in Double, except where a value
/// passes through 0 away from the origin. Exponentials below the smallest normal number are 0.
public struct UnaryFunction: Sendable, CustomStringConvertible {
  public typealias Loop<T> = @Sendable (UnsafePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  /// With its parameter, if there is one: `leakyReLU(0.01)`.
  public let name: String
  let float: Loop<Float>
  let double: Loop<Double>
  /// The loops in C, if that is what they are.
  let native: Native?
  /// What a chain knows of it beside its loop.
  let known: Known?

  /// Functions that a chain computes together with others.
  enum Known: Sendable { case square, squareRoot, reciprocal, siluDerivative, geluDerivative, geluTanhDerivative }

  struct Native: Sendable {
    typealias InFloat = @convention(c) (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Double) -> Void
    typealias InDouble = @convention(c) (UnsafePointer<Double>, UnsafeMutablePointer<Double>, Int, Double) -> Void
    let float: InFloat
    let double: InDouble
    let parameter: Double
    var pair: Pair?
  }

  /// The loops that compute a function and its derivative together.
  struct Pair: Sendable {
    typealias InFloat =
      @convention(c) (UnsafePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    typealias InDouble =
      @convention(c) (UnsafePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, Int) -> Void
    let derivative: Known
    let float: InFloat
    let double: InDouble
  }

  /// From a loop for each precision.
  public init(name: String, float: @escaping Loop<Float>, double: @escaping Loop<Double>) {
    (self.name, self.float, self.double, native, known) = (name, float, double, nil, nil)
  }

  /// From a function of a number: convenient, and some ten times slower than a loop in C.
  public init(name: String, _ function: @escaping @Sendable (Double) -> Double) {
    self.init(
      name: name, float: { x, y, count in for i in 0..<count { y[i] = Float(function(Double(x[i]))) } },
      double: { x, y, count in for i in 0..<count { y[i] = function(x[i]) } })
  }

  public var description: String { name }

  /// Whether a chain computes it and a derivative of the same operand together, at little more than the cost of one.
  public func isPaired(with derivative: UnaryFunction) -> Bool { pair(with: derivative) != nil }

  /// The loops that compute it and a derivative of the same operand together, if there are such.
  func pair(with derivative: UnaryFunction) -> Pair? {
    guard let pair = native?.pair, pair.derivative == derivative.known else { return nil }
    return pair
  }

  /// y[i] = f(x[i]) for i < count.
  public func apply<T: Element>(_ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, count: Int) {
    if T.self == Float.self {
      float(
        UnsafeRawPointer(x).assumingMemoryBound(to: Float.self),
        UnsafeMutableRawPointer(y).assumingMemoryBound(to: Float.self), count)
    } else {
      double(
        UnsafeRawPointer(x).assumingMemoryBound(to: Double.self),
        UnsafeMutableRawPointer(y).assumingMemoryBound(to: Double.self), count)
    }
  }

  /// The value at one number, in Double.
  public func callAsFunction(_ x: Double) -> Double {
    var result = 0.0
    withUnsafePointer(to: x) { double($0, &result, 1) }
    return result
  }
}

extension UnaryFunction {
  private init(
    _ name: String, _ float: @escaping Native.InFloat, _ double: @escaping Native.InDouble, _ parameter: Double = 0,
    known: Known? = nil, pair: Pair? = nil
  ) {
    (self.name, self.known) = (name, known)
    self.float = { float($0, $1, $2, parameter) }
    self.double = { double($0, $1, $2, parameter) }
    native = Native(float: float, double: double, parameter: parameter, pair: pair)
  }

  public static let relu = Self("relu", vm_relu_f32, vm_relu_f64)
  /// x above 0, `slope` x below.
  public static func leakyReLU(_ slope: Double) -> Self {
    Self("leakyReLU(\(slope))", vm_leaky_relu_f32, vm_leaky_relu_f64, slope)
  }
  /// 1 above 0, else 0: the derivative of ReLU.
  public static let step = Self("step", vm_step_f32, vm_step_f64)
  /// 1 above 0, else `slope`.
  public static func leakyReLUDerivative(_ slope: Double) -> Self {
    Self("leakyReLUDerivative(\(slope))", vm_step_leaky_f32, vm_step_leaky_f64, slope)
  }
  public static let sign = Self("sign", vm_sign_f32, vm_sign_f64)
  public static let absoluteValue = Self("absoluteValue", vm_absolute_f32, vm_absolute_f64)

  public static let tanh = Self("tanh", vm_tanh_f32, vm_tanh_f64)
  /// 1 - y^2, from y = tanh x.
  public static let tanhDerivativeOfResult = Self(
    "tanhDerivativeOfResult", vm_tanh_slope_of_result_f32, vm_tanh_slope_of_result_f64)

  public static let sigmoid = Self("sigmoid", vm_sigmoid_f32, vm_sigmoid_f64)
  public static let sigmoidDerivative = Self(
    "sigmoidDerivative", vm_sigmoid_derivative_f32, vm_sigmoid_derivative_f64)
  /// y (1 - y), from y = sigmoid x.
  public static let sigmoidDerivativeOfResult = Self(
    "sigmoidDerivativeOfResult", vm_sigmoid_slope_of_result_f32, vm_sigmoid_slope_of_result_f64)
  /// log(1 + e^x); its derivative is the sigmoid.
  public static let softplus = Self("softplus", vm_softplus_f32, vm_softplus_f64)
  /// x above 0, e^x - 1 below (1511.07289).
  public static let elu = Self("elu", vm_elu_f32, vm_elu_f64)
  public static let eluDerivative = Self("eluDerivative", vm_elu_derivative_f32, vm_elu_derivative_f64)
  /// x sigmoid(x).
  public static let silu = Self(
    "silu", vm_silu_f32, vm_silu_f64,
    pair: Pair(derivative: .siluDerivative, float: vm_silu_pair_f32, double: vm_silu_pair_f64))
  public static let siluDerivative = Self(
    "siluDerivative", vm_silu_derivative_f32, vm_silu_derivative_f64, known: .siluDerivative)

  public static let erf = Self("erf", vm_erf_f32, vm_erf_f64)
  public static let erfDerivative = Self("erfDerivative", vm_erf_derivative_f32, vm_erf_derivative_f64)
  /// x Phi(x) with the normal distribution function Phi, exact (1606.08415).
  public static let gelu = Self(
    "gelu", vm_gelu_exact_f32, vm_gelu_exact_f64,
    pair: Pair(derivative: .geluDerivative, float: vm_gelu_pair_f32, double: vm_gelu_pair_f64))
  public static let geluDerivative = Self(
    "geluDerivative", vm_gelu_exact_derivative_f32, vm_gelu_exact_derivative_f64, known: .geluDerivative)
  /// Its approximation x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
  public static let geluTanh = Self(
    "geluTanh", vm_gelu_tanh_f32, vm_gelu_tanh_f64,
    pair: Pair(derivative: .geluTanhDerivative, float: vm_gelu_tanh_pair_f32, double: vm_gelu_tanh_pair_f64))
  public static let geluTanhDerivative = Self(
    "geluTanhDerivative", vm_gelu_tanh_derivative_f32, vm_gelu_tanh_derivative_f64, known: .geluTanhDerivative)

  public static let exp = Self("exp", vm_exponential_f32, vm_exponential_f64)
  public static let log = Self("log", vm_logarithm_f32, vm_logarithm_f64)
  public static let sine = Self("sine", vm_sine_f32, vm_sine_f64)
  public static let cosine = Self("cosine", vm_cosine_f32, vm_cosine_f64)
  /// -sin x, the derivative of the cosine.
  public static let sineNegative = Self("sineNegative", vm_sine_negative_f32, vm_sine_negative_f64)

  public static let square = Self("square", vm_square_f32, vm_square_f64, known: .square)
  /// 2 x.
  public static let squareDerivative = Self("squareDerivative", vm_twice_f32, vm_twice_f64)
  public static let sqrt = Self("sqrt", vm_square_root_f32, vm_square_root_f64, known: .squareRoot)
  /// 1 / (2 y), from y = sqrt x.
  public static let sqrtDerivativeOfResult = Self(
    "sqrtDerivativeOfResult", vm_half_reciprocal_f32, vm_half_reciprocal_f64)
  public static let reciprocal = Self("reciprocal", vm_reciprocal_f32, vm_reciprocal_f64, known: .reciprocal)
  /// -y^2, from y = 1 / x.
  public static let reciprocalDerivativeOfResult = Self(
    "reciprocalDerivativeOfResult", vm_minus_square_f32, vm_minus_square_f64)
  public static let reciprocalSqrt = Self(
    "reciprocalSqrt", vm_reciprocal_square_root_f32, vm_reciprocal_square_root_f64)

  /// x^p. Powers that are whole or half numbers up to 16 are products and a root, and negative x has whole powers
  /// only; other exponents take a logarithm (3 ns an entry in Float, 17 in Double).
  public static func power(_ p: Double) -> Self {
    switch p {
    case 1: return Self("power(1)", vm_leaky_relu_f32, vm_leaky_relu_f64, 1)
    case 2: return square
    case 0.5: return sqrt
    case -0.5: return reciprocalSqrt
    case -1: return reciprocal
    default: return Self("power(\(p))", vm_power_f32, vm_power_f64, p)
    }
  }
}

public typealias Label = Int
public struct Shape: Sendable, Hashable { public var labels: [Label]; public var sizes: [Int]
 public init(labels: [Label], sizes: [Int]) throws { self.labels = labels; self.sizes = sizes } }
public protocol Kernel: Sendable {}
public struct Contraction: Kernel { public init(operands: [Shape], result: Shape) throws {} }
public struct Reduction: Kernel { public enum Op: Sendable {case sum, max}; public init(_ o: Op, operand: Shape, result: Shape) throws {} }
public struct Copy: Kernel { public init(operand: Shape, result: Shape) throws {} }
public struct Softmax: Kernel { public init(operand: Shape, over: [Label]) throws {} }
public struct LogSumExp: Kernel { public init(operand: Shape, over: [Label], result: Shape) throws {} }
public struct Gather: Kernel { public init(table: Shape, indices: Shape, result: Shape, along: Label) throws {} }
public struct Scatter: Kernel { public init(rows: Shape, indices: Shape, result: Shape, along: Label) throws {} }
public struct Causal: Kernel { public init(operand: Shape, query: Label, key: Label, fill: Double) throws {} }
public struct Window: Sendable { public init(rows: Label, columns: Label, toRows: Label, toColumns: Label, windowRows: Label, windowColumns: Label, stride: Int, padding: Int) {} }
public struct Patches: Kernel { public init(operand: Shape, result: Shape, window: Window) throws {} }
public struct Fold: Kernel { public init(operand: Shape, result: Shape, window: Window) throws {} }
public struct UnaryFunction: Sendable { let n: String
 public static let relu = Self(n:""), tanh = Self(n:""), erf = Self(n:""), gelu = Self(n:""), geluTanh = Self(n:""), silu = Self(n:""), sigmoid = Self(n:""), exp = Self(n:""), log = Self(n:""), square = Self(n:""), sqrt = Self(n:""), reciprocal = Self(n:""), sine = Self(n:""), cosine = Self(n:""), sineNegative = Self(n:""), step = Self(n:""), sign = Self(n:"")
 public static let tanhDerivativeOfResult = Self(n:""), erfDerivative = Self(n:""), geluDerivative = Self(n:""), geluTanhDerivative = Self(n:""), siluDerivative = Self(n:""), sigmoidDerivativeOfResult = Self(n:""), squareDerivative = Self(n:""), sqrtDerivativeOfResult = Self(n:""), reciprocalDerivativeOfResult = Self(n:"")
 public static func leakyReLU(_ s: Double) -> Self { Self(n:"") }
 public static func leakyReLUDerivative(_ s: Double) -> Self { Self(n:"") } }
public enum Coefficient: Sendable { case constant(Double); case scalar(Int, times: Double) }
public enum ElementwiseOperation: Sendable { case map(UnaryFunction, Int), product([Int]), combination([(coefficient: Coefficient, register: Int)], offset: Double) }

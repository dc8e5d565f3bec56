/// Why a limit cannot be computed: a precondition of the theory that fails, with the value at which it does.
public enum LimitError: Error, Sendable, Hashable {
  /// A function or a product that is applied to something random whose limit is not Gaussian.
  case notGaussian(value: String, operation: String, reason: String)
  /// A value whose limit is a random number, not the same for every draw of the weights.
  case random(value: String, reason: String)
  /// A value that grows as this power of the width.
  case diverges(value: String, power: String)
  /// A weight that meets what its own transpose has made, so that its output is not Gaussian.
  case transposedReturn(value: String, weight: String)
  /// An operation that computes with several examples of a batch at once.
  case mixesExamples(value: String)
  /// An operation of which no limit is known.
  case unsupported(value: String, operation: String, reason: String)
  /// An expectation that is not known well enough.
  case accuracy(value: String, function: String, error: Double)
  /// What is asked for is no output with a kernel.
  case output(String)
  /// Data that do not fit an input.
  case data(input: String, reason: String)
  /// A computation that needs more memory than there is.
  case memory(needed: Int, available: Int)
  /// A matrix that should be positive definite and is not.
  case notPositiveDefinite(String)
}

extension LimitError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notGaussian(let value, let operation, let reason):
      "\"\(value)\" = \(operation): the limit of its operand is not Gaussian: \(reason)"
    case .random(let value, let reason): "\"\(value)\" stays random as the width grows: \(reason)"
    case .diverges(let value, let power): "\"\(value)\" grows as \(power); it has no limit"
    case .transposedReturn(let value, let weight):
      "\"\(value)\": \"\(weight)\" meets what its transpose has made and correlates with it; the result is not Gaussian"
    case .mixesExamples(let value):
      "\"\(value)\" computes with several examples of a batch at once, so there is no kernel of two examples"
    case .unsupported(let value, let operation, let reason): "\"\(value)\" = \(operation): \(reason)"
    case .accuracy(let value, let function, let error):
      "\"\(value)\": the expectation of two values of \(function) is known to \(error) only; a variance is too large"
    case .output(let text): text
    case .data(let input, let reason): "input \"\(input)\": \(reason)"
    case .memory(let needed, let available):
      "this needs about \(needed >> 20) MiB of memory and \(available >> 20) MiB are free; take fewer examples"
    case .notPositiveDefinite(let what): "\(what) is not positive definite; add a ridge"
    }
  }
}

public import Scaling
import Tensors

extension Recipe: Hashable, CustomStringConvertible {
  /// The fingerprint of the run, sixteen hexadecimal digits: equal for runs that compute the same numbers, in every
  /// process.
  public var fingerprint: String { Fingerprint.of(parts) }

  public static func == (one: Recipe, other: Recipe) -> Bool { one.parts == other.parts }
  public func hash(into hasher: inout Hasher) { hasher.combine(parts) }

  /// `mlp, Adam, maximal update: width 64 (base 256), rate 0.01, seed 0, 5 steps, digits: 1797 rows, .., fixed, float`.
  public var description: String {
    let name = "\(program.forward.name), \(program.optimizer.name), \(parametrization.name)"
    return "\(name): width \(width) (base \(base)), rate \(learningRate), seed \(seed), \(steps) steps, "
      + "\(data.summary), \(order.rawValue), \(precision.rawValue)"
  }

  /// All that decides the numbers of the run, as text. The program's text contains the optimizer's step in full.
  private var parts: [String] {
    let decays = decay.sorted { $0.key < $1.key }.map { "decay \($0.key) \($0.value)" }
    let factors = epsilons.map { "epsilon \($0.key) \($0.value)" }.sorted()
    let ramp = ramp.map { "from \($0.first) to \($0.last) over \($0.over)" } ?? "one batch"
    return [program.text] + parametrization.exponentLines
      + parametrization.weights.map { "\($0.name) \($0.initializer)" }
      + parametrization.multipliers.map { "\($0.name) \($0.standard)" } + [
        "base \(base)", "width \(width)", "rate \(learningRate)", "seed \(seed)",
        "schedule \(schedule.decay.rawValue) \(schedule.steps) \(schedule.warmup) \(schedule.floor)",
        "examples \(ramp)", "data \(data.fingerprint) \(data.contents)", "order \(order.rawValue) \(dataSeed)",
        "precision \(precision.rawValue)",
      ] + decays + factors
  }
}

extension TrainingProgram {
  /// A fingerprint of the program with its step and of a parametrization's exponents alone.
  public static func fingerprint(text: String, _ parametrization: Parametrization) -> String {
    Fingerprint.of([text] + parametrization.exponentLines)
  }
}

extension Parametrization {
  fileprivate var exponentLines: [String] {
    weights.map { "\($0.name) \($0.exponents) \($0.radius)" } + multipliers.map { "\($0.name) \($0.exponent)" }
  }
}

private enum Fingerprint {
  static func of(_ lines: [String]) -> String {
    let digits = String(StableHash.fnv1a(lines.joined(separator: "\n")), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

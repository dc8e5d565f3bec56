public import Exact
public import TensorPrograms

/// A gauge: how a weight's power of width is divided between its multiplier, its initialization and its rate, which
/// no value of the network can tell (Tensor Programs V, 2203.03466, appendix B).
///
/// A gauge sees which axes of a weight grow, and nothing else of it.
///
///     let moved = try program.maximalUpdate(optimizer: .sgd).inGauge(.table9)
///     moved["readout"]?.exponents     // a = 1/2, b = 1/2, c = 0
public struct Gauge: Sendable {
  /// The name that the shell takes.
  public let name: String
  /// Other names that it takes.
  public let aliases: [String]
  public let summary: String
  /// The works that it is taken from.
  public let sources: [Citation]
  /// The exponent a, given how much the weight's axes grow and its size a + b.
  let multiplier: @Sendable (_ fan: Fan, _ size: Rational) -> Rational

  /// `multiplier` gives the exponent a of a weight from the growths of its fan-in and fan-out and from a + b, which is
  /// the same in every gauge.
  public init(
    _ name: String, aliases: [String] = [], _ summary: String, sources: [Citation] = [],
    multiplier: @escaping @Sendable (_ fan: Fan, _ size: Rational) -> Rational
  ) {
    (self.name, self.aliases, self.summary, self.sources) = (name, aliases, summary, sources)
    self.multiplier = multiplier
  }

  /// The named gauges.
  public static let all: [Gauge] = [.multiplierFree, .table8, .table9, .ntk, .unitScaling, .spectral]

  /// Throws ``ScalingError/unknownGauge(_:known:)``, which lists the names.
  public init(named name: String) throws {
    let wanted = name.lowercased()
    guard let found = Gauge.all.first(where: { $0.name == wanted || $0.aliases.contains(wanted) }) else {
      throw ScalingError.unknownGauge(name, known: Gauge.all.map(\.name))
    }
    self = found
  }
}

extension Gauge {
  /// No multipliers: table 3 of Tensor Programs V.
  public static let multiplierFree = Gauge(
    "multiplier-free", aliases: ["table3"], "a = 0: what is trained is what the network uses",
    sources: [.tensorProgramsV]
  ) { _, _ in 0 }

  /// Table 8 of Tensor Programs V: initial variance 1/fan-in where both sides grow, else 1. It fits tied weights.
  public static let table8 = Gauge(
    "table8", "b = 1/2 where fan-in and fan-out grow, else 0", sources: [.tensorProgramsV]
  ) { fan, size in size - (fan.out.isZero ? 0 : fan.in * .half) }

  /// Table 9 of Tensor Programs V: initial variance 1/fan-in, or 1/fan-out where the fan-in does not grow. Under SGD
  /// it has one rate for all weights (Tensor Programs IV).
  public static let table9 = Gauge(
    "table9", "b = 1/2 wherever an axis grows", sources: [.tensorProgramsV, .tensorProgramsIV]
  ) { fan, size in size - (fan.in.isZero ? fan.out : fan.in) * .half }

  /// Initial weights of size 1 at every width, as in the neural tangent kernel's papers.
  public static let ntk = Gauge(
    "ntk", "b = 0: initial weights of size 1, multipliers carry the rest", sources: [.neuralTangentKernel]
  ) { _, size in size }

  /// Unit scaling, as u-muP has it: initial weights of size 1. Its powers of width are those of ``ntk``; it differs in
  /// constants, which it chooses so that each value and gradient has unit variance at the start.
  public static let unitScaling = Gauge(
    "unit-scaling", "b = 0, as ntk; differs from it in constants only",
    sources: [.unitScaling, .unitScaledMaximalUpdate]
  ) { _, size in size }

  /// No multipliers, with spectral norms beside the exponents.
  public static let spectral = Gauge(
    "spectral", "a = 0, stated in norms: those of weight and update are (fan-out/fan-in)^(1/2)",
    sources: [.spectralCondition]
  ) { _, _ in 0 }
}

/// How much the two sides of a weight grow: its axes that are summed where it meets data, and those that are kept.
public struct Fan: Sendable, Hashable {
  /// The growth of the fan-in.
  public var `in`: Rational
  /// The growth of the fan-out.
  public var out: Rational

  public init(in: Rational, out: Rational) { (self.in, self.out) = (`in`, out) }
}

extension Program {
  /// The fans of a weight, read off the first instruction at which it meets data. What is made of weights alone, such
  /// as a weight divided by its norm, still counts as the weight if it has all of its axes.
  public func fan(of weight: ValueID) -> Fan { fan(of: weight, raw: rawValues) }

  /// `isRaw`: ``rawValues``, which are the same for all weights.
  func fan(of weight: ValueID, raw isRaw: [Bool]) -> Fan {
    var images: [Int: [Axis]] = [weight.index: self[weight].axes]
    let own = self[weight].axes
    func fan(in summed: [Axis]) -> Fan {
      Fan(
        in: summed.reduce(.zero) { $0 + $1.growth },
        out: own.filter { !summed.contains($0) }.reduce(.zero) { $0 + $1.growth })
    }
    for i in forward.dropFirst(weight.index + 1) {
      let instruction = instructions[i]
      guard let operand = instruction.operands.first(where: { images[$0.index] != nil }),
        var image = images[operand.index]
      else { continue }
      if let rename = instruction.primitive as? Rename {
        image = image.map { $0 == rename.axis ? rename.other : $0 }
      }
      let kept = image.map { instruction.axes.contains($0) }
      if !isRaw[i] { return fan(in: zip(own, kept).filter { !$0.1 }.map(\.0)) }
      if kept.allSatisfy({ $0 }) { images[i] = image }
    }
    return fan(in: [])
  }

  /// Which values of the forward pass are made of weights and constants alone.
  var rawValues: [Bool] {
    var result = [Bool](repeating: false, count: forward.count)
    for i in result.indices {
      let instruction = instructions[i]
      result[i] =
        instruction.operands.isEmpty
        ? instruction.primitive is Weight || instruction.primitive is Ones
        : instruction.operands.allSatisfy { result[$0.index] }
    }
    return result
  }
}

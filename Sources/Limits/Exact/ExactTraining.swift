public import Exact
public import Scaling
public import TensorPrograms

/// Training at infinite width in rational numbers: the output after each step of a network whose nonlinearities are
/// polynomials, on rational data at a rational learning rate.
///
///     let run = try ExactTraining(program, optimizer: .sgd, rate: Rational(1, 10))
///     let f = try run.outputs(of: "f", on: ["x": [1], "y": [1]], steps: 2)
///     f[2][0]     // 1134/3125
///
/// Each weight starts and moves as its parametrization says with base width 1: a Gaussian one with its standard
/// deviation at width 1 times n^-b, at the rate times n^-c. Every mean is a sum of Gaussian moments (Isserlis), so
/// nothing is rounded; the number of digits grows geometrically with the steps.
public struct ExactTraining {
  /// The network with the step that trains it.
  public let program: Program
  private let parametrization: Parametrization
  private let rate: Rational

  /// - Parameter parametrization: the maximal update parametrization if none is given.
  ///
  /// Throws what ``TensorPrograms/Program/withStep(_:)`` and ``Scaling`` throw.
  public init(_ program: Program, optimizer: Optimizer, rate: Rational, parametrization: Parametrization? = nil) throws
  {
    self.program = try program.withStep(optimizer)
    self.parametrization = try parametrization ?? program.maximalUpdate(optimizer: optimizer).parametrization
    self.rate = rate
  }

  /// The entries of an output without growing axes, before the first step and after each.
  ///
  /// - Parameters:
  ///   - name: the output; if none is given the last named value that depends on weights and examples and has no
  ///     growing axis.
  ///   - data: what fills each input, row-major, by name.
  ///
  /// Throws: ``LimitError`` where something is not a polynomial, stays random, or has no limit.
  public func outputs(
    of name: String? = nil, on data: [String: [Rational]], steps: Int, progress: ((Int) -> Void)? = nil
  ) throws -> [[Rational]] {
    let output = try program.limitOutput(named: name)
    let name = program[output].name
    guard program[output].axes.allSatisfy({ $0.growth.isZero }) else {
      throw LimitError.output("\"\(name)\" has an axis that grows with the width")
    }
    let reading = ExactReading(program) { [parametrization, rate] parameter in
      switch parameter {
      case .rate(let weight): parametrization[weight].map { (rate, $0.rate) }
      case .gauge(let weight): parametrization[weight].map { (1, $0.multiplier) }
      case .multiplier(let name):
        parametrization.multipliers.first { $0.name == name }.flatMap { rule in
          Self.value(rule.standard).map { ($0, rule.exponent) }
        }
      case .decay: (0, 0)
      case .epsilon, .radius, .correction, .power: nil
      }
    }
    try start(reading, data)
    var found: [[Rational]] = []
    var meanings: [ExactValue?] = Array(repeating: nil, count: program.instructions.count)
    let needed = needed(for: [output])
    for step in 0...steps {
      func read(_ range: Range<Int>, _ isNeeded: (Int) -> Bool) throws {
        for i in range where isNeeded(i) {
          let operands = program.instructions[i].operands.compactMap { meanings[$0.index] }
          meanings[i] = try program.instructions[i].primitive.interpret(operands, at: reading.sites[i], in: reading)
        }
      }
      let isLast = step == steps
      try read(program.forward) { isLast ? needed[$0] : true }
      found.append(try numbers(meanings[output.index], name))
      progress?(step)
      if isLast { break }
      try read(program.backward.lowerBound..<program.step.upperBound) { _ in true }
      for update in program.updates { reading.sources[update.target.index] = meanings[update.value.index] }
    }
    return found
  }

  /// The name of the value that ``outputs(of:on:steps:progress:)`` follows.
  public func output(named name: String? = nil) throws -> String { program[try program.limitOutput(named: name)].name }

  private func numbers(_ value: ExactValue?, _ name: String) throws -> [Rational] {
    try (value?.entries ?? []).map { terms in
      guard let term = terms.first, term.power >= 0 else { return 0 }
      guard term.power.isZero else { throw LimitError.diverges(value: name, power: term.power.asPowerOfWidth) }
      return term.number
    }
  }

  private func needed(for values: [ValueID]) -> [Bool] {
    var needed = [Bool](repeating: false, count: program.instructions.count)
    for value in values { needed[value.index] = true }
    for i in needed.indices.reversed() where needed[i] {
      for operand in program.instructions[i].operands { needed[operand.index] = true }
    }
    return needed
  }

  /// A monomial at base width 1.
  private static func value(_ factor: Monomial) -> Rational? {
    factor.powers.reduce(Rational(exactly: factor.constant)) { product, part in
      product.flatMap { number in part.dimension.size.coefficient.power(part.exponent).map { number * $0 } }
    }
  }

  private func start(_ reading: ExactReading, _ data: [String: [Rational]]) throws {
    for i in program.instructions.indices {
      let (instruction, site) = (program.instructions[i], reading.sites[i])
      switch instruction.role {
      case .input:
        guard let given = data[instruction.name] else {
          throw LimitError.data(input: instruction.name, reason: "is not given")
        }
        let empty = try reading.number(0, site.resultAxes)
        guard given.count == empty.entries.count else {
          throw LimitError.data(
            input: instruction.name, reason: "takes \(empty.entries.count) numbers, not \(given.count)")
        }
        reading.sources[i] = try reading.value(site.resultAxes) { index throws(LimitError) in
          [ExactTerm(power: 0, number: given[empty.position(index)])]
        }
      case .state: reading.sources[i] = try reading.number(0, site.resultAxes)
      case .weight(let initializer, _):
        let power = parametrization[instruction.name]?.initialSize ?? 0
        switch initializer {
        case .zero: reading.sources[i] = try reading.number(0, site.resultAxes)
        case .constant(let value):
          guard let number = Rational(exactly: value) else {
            throw LimitError.data(input: instruction.name, reason: "its initial value is not rational")
          }
          reading.sources[i] = try reading.number(number, site.resultAxes, power: power)
        case .gaussian(let deviation):
          // A root of a rational number as a constant is a Double; its square is meant.
          let square = Monomial(
            (deviation.constant * deviation.constant * 0x1p40).rounded() / 0x1p40,
            deviation.powers.map { ($0.dimension, $0.exponent * 2) })
          guard let variance = Self.value(square) else {
            throw LimitError.data(input: instruction.name, reason: "its initial variance is not rational")
          }
          reading.sources[i] = try reading.gaussian(site, variance: variance, power: power)
        }
      default: break
      }
    }
  }
}

import Exact
public import TensorPrograms

/// A training run taken literally: every exponent is given, and the step program is walked step by step.
final class LiteralRun {
  let program: Program
  private let run: UnrolledRun
  var walker: Walker { run.walker }
  private let judgement: Judgement
  private(set) var blowUp: BlowUp?
  /// The first value that grows where scale matters, whatever comes after.
  private(set) var hardBlowUp: BlowUp?
  var steps: Int { run.step }

  /// The first value that grows with the width.
  struct BlowUp {
    var site: Int
    var step: Int
    var exponent: Exponent
  }

  /// Throws ``ProgramError/unknownWeight(_:known:)`` if the parametrization lacks a weight, and as
  /// ``Program/withStep(_:)``.
  init(_ forward: Program, _ optimizer: Optimizer, _ parametrization: Parametrization) throws {
    program = try forward.associated().trained(by: optimizer, under: [parametrization])
    let walker = try Walker(program)
    run = UnrolledRun(program, walker)
    walker.context.keepsSmallParts = true
    judgement = Judgement(program)
    var rules: [String: WeightRule] = [:]
    for rule in parametrization.weights { rules[rule.name] = rule }
    for weight in program.weights where rules[program[weight.id].name] == nil {
      throw ProgramError.unknownWeight(program[weight.id].name, known: parametrization.weights.map(\.name))
    }
    let multipliers = Dictionary(
      parametrization.multipliers.map { ($0.name, Exponent($0.exponent)) }, uniquingKeysWith: { a, _ in a })
    walker.context.leavesOutDecay = true
    walker.context.exponentOfRunParameter = { runParameter, _ in
      let exponent: Exponent =
        switch runParameter {
        case .multiplier(let name): multipliers[name] ?? .zero
        case .gauge(let name): -Exponent(rules[name]?.exponents.a ?? .zero)
        case .rate(let name): -Exponent(rules[name]?.exponents.c ?? .zero)
        case .radius(let name): Exponent(rules[name]?.radius ?? .zero)
        case .decay, .epsilon, .correction, .power: .zero
        }
      return (Power(exponent: exponent), nil)
    }
    for weight in program.weights {
      let b = rules[program[weight.id].name]?.exponents.b ?? .zero
      walker.setSource(
        weight.id,
        walker.context.initialWeight(weight.initializer, at: weight.id.index, exponent: -Exponent(b), blame: nil)
      )
    }
    for rule in parametrization.weights {
      for exponent in [rule.exponents.a, rule.exponents.b, rule.exponents.c] where Exponent(exponent).isBeyond {
        throw ScalingError.outOfRange("\(exponent) of \(rule.name)")
      }
    }
    forwardPass()
  }

  subscript(id: ValueID) -> Scale { walker[id] }

  /// The first feature that is smaller than 1 throughout though what it is made of is not, and that enters a function
  /// which would have it of size 1.
  var smallFeature: (site: Int, exponent: Exponent)? {
    let inherited = inheritedSmallness()
    for i in program.forward
    where judgement.isArgument[i] && !judgement.isDenominator[i] && !judgement.isBeforeMultiplier[i] && !inherited[i] {
      guard program.instructions[i].axes.contains(where: { !$0.growth.isZero }), isMadeOfWeightAndData(i),
        let exponent = walker[ValueID(i)].exponent, exponent < 0
      else { continue }
      return (i, exponent)
    }
    return nil
  }

  /// Whether a value is a weight applied to data, perhaps under another name.
  private func isMadeOfWeightAndData(_ i: Int) -> Bool {
    let instruction = program.instructions[i]
    if case .passage(.renamed) = instruction.role { return isMadeOfWeightAndData(instruction.operands[0].index) }
    return instruction.operands.contains { program[$0].role.isWeight }
      && instruction.operands.contains { !program[$0].role.isWeight }
  }

  /// Makes one update and the forward pass after it. Returns whether anything changed.
  func advance() -> Bool {
    run.readGradientAndStep()
    let changed = run.carryAll()
    forwardPass()
    return changed
  }

  /// Which values vanish only because an output-like one before them does: a sum over the width whose mean appears
  /// with training, such as the code of a bottleneck, finite or of a slower growth than what is summed.
  func inheritedSmallness() -> [Bool] {
    let ways = program.weightWays
    var result = [Bool](repeating: false, count: program.forward.count)
    for (i, instruction) in program.instructions[program.forward].enumerated() {
      guard let exponent = walker[ValueID(i)].exponent, exponent < 0 else { continue }
      result[i] =
        instruction.axes.allSatisfy(\.growth.isZero) || instruction.operands.contains { result[$0.index] }
        || narrows(instruction, ways)
    }
    return result
  }

  /// Whether a weight is summed over more than it keeps.
  private func narrows(_ instruction: Instruction, _ ways: WeightWays) -> Bool {
    instruction.operands.contains { operand in
      guard ways.isCopy(operand) else { return false }
      let change = program[operand].axes.reduce(Rational.zero) {
        instruction.axes.contains($1) ? $0 + $1.growth : $0 - $1.growth
      }
      return change < 0
    }
  }

  /// One over something: judged in the quotient.
  private func isInverse(_ i: Int) -> Bool {
    program.instructions[i].role.function?.isReciprocal ?? false
  }

  private func forwardPass() {
    run.readForward { [self] i in
      if hardBlowUp == nil, judgement.isHard[i], !judgement.isBeforeMultiplier[i],
        !judgement.isDenominator[i], let exponent = walker[ValueID(i)].exponent, exponent > 0
      {
        hardBlowUp = BlowUp(site: i, step: steps, exponent: exponent)
      }
      guard blowUp == nil, !judgement.isDenominator[i], !judgement.isBeforeMultiplier[i], !isInverse(i),
        !program.instructions[i].role.isWeight, let exponent = walker[ValueID(i)].exponent, exponent > 0,
        !walker[ValueID(i)].components.allSatisfy({ !$0.gaussians.isEmpty })
      else { return false }
      blowUp = BlowUp(site: i, step: steps, exponent: exponent)
      return false
    }
  }
}

extension Program {
  /// What the calculus expects of each named value, of the entries that data select, and of the loss, after 0, 1, ..
  /// `steps` updates under a parametrization.
  ///
  /// Throws as ``classify(_:optimizer:)``.
  public func predictions(_ parametrization: Parametrization, optimizer: Optimizer, steps: Int) throws -> [Prediction] {
    let run = try LiteralRun(self, optimizer, parametrization)
    let own = Dictionary(uniqueKeysWithValues: instructions[forward].enumerated().map { ($1.name, $0) })
    let uses = Dictionary(run.program.firstUses.map { ($0.weight, $0) }, uniquingKeysWith: { first, _ in first })
    let selections = run.program.selections
    var result: [Prediction] = []
    var means = FluctuatingMeans(run)
    for step in 0...max(0, steps) {
      if step > 0 {
        _ = run.advance()
        means.readGradients()
      }
      let counts = means.ofChanges()
      for value in run.program.namedValues + run.program.weights.map(\.id) {
        let name = run.program[value].name
        guard let id = own[name] else { continue }
        var prediction = Prediction(
          value: ValueID(id), name: name, step: step, scale: run.walker.context.averaged(run[value]))
        prediction.fluctuation = means.exponent(below: prediction.change, counts[value.index])
        if let use = uses[value] {
          (prediction.ownParts, prediction.belowParts) = run.ownParts(use)
          prediction.ownFluctuation = means.exponent(below: prediction.ownParts.first, counts[value.index])
          let others = run.program[use.value].operands.filter { $0 != use.weight && !use.chain.contains($0) }
          prediction.belowFluctuation = means.exponent(
            below: prediction.belowParts.first, others.map { counts[$0.index] }.max() ?? 0)
        }
        result.append(prediction)
      }
      for selection in selections {
        var prediction = Prediction(
          value: selection.value, name: selection.name, step: step, scale: run[selection.value].ofSelected)
        prediction.fluctuation = means.exponent(below: prediction.change, counts[selection.value.index])
        result.append(prediction)
      }
    }
    return result
  }
}

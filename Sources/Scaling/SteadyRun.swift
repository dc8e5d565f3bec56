import Exact
import TensorPrograms

/// What a derivation solves for, by number: of each weight its initial size and the level of its update, and each
/// free multiplier.
struct Unknowns: Sendable {
  let weights: [(id: ValueID, initializer: Initializer, isFrozen: Bool)]
  let gradientOfWeight: [ValueID?]
  private let multiplierNames: [String]
  private let multiplierIndex: [String: Int]

  init(_ program: Program) {
    weights = program.weights
    let gradients = Dictionary(program.gradients.map { ($0.weight, $0.value) }, uniquingKeysWith: { a, _ in a })
    gradientOfWeight = weights.map { gradients[$0.id] }
    multiplierNames = program.multipliers.map(\.name)
    multiplierIndex = Dictionary(multiplierNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
  }

  var count: Int { 2 * weights.count + multiplierNames.count }
  func initial(_ weight: Int) -> Int { 2 * weight }
  func level(_ weight: Int) -> Int { 2 * weight + 1 }
  func multiplier(_ name: String) -> Int? { multiplierIndex[name].map { 2 * weights.count + $0 } }

  /// In the user's words.
  func name(_ unknown: Int, in program: Program) -> String {
    if unknown >= 2 * weights.count { return multiplierNames[unknown - 2 * weights.count] }
    let weight = program[weights[unknown / 2].id].name
    return unknown % 2 == 0 ? "the initial size of \(weight)" : "the update of \(weight)"
  }
}

/// A run of which inits, update levels and multipliers are known or being found: forward, backward, update, until
/// updates and gradients repeat. An update has the shape that the gradient gives it, and the level that is given.
final class SteadyRun {
  private let run: UnrolledRun
  var walker: Walker { run.walker }
  /// The exponent of each weight's gradient, by step and weight; nil if it is zero.
  private(set) var gradients: [[Exponent?]] = []
  /// Where the run stood, with forward and backward pass read, at each step whose gradients differ from the step's after.
  private(set) var transients: [Walker] = []

  private let program: Program
  private let unknowns: Unknowns
  private let values: (Int) -> Exponent?
  private let tracksForms: Bool
  private let isTransient: ([Exponent?]) -> Bool

  /// `judge` sees every result and may mend its components; whether it did is what it returns. `isTransient`: whether
  /// gradients of these exponents may be ones of before the steady state, so that it is kept where the run stood.
  init(
    _ program: Program, _ unknowns: Unknowns, characters: Walker?, alignments: [Int: Alignment], tracksForms: Bool,
    toldApart: Set<Int> = [], values: @escaping (Int) -> Exponent?, judgement: Judgement? = nil,
    judge: @escaping (inout [Component], Site, Int, Growth) -> Bool,
    judgeArgument: @escaping ([Component], Site, Int, Growth) -> Bool = { _, _, _, _ in false },
    isTransient: @escaping ([Exponent?]) -> Bool = { _ in true }
  ) throws {
    self.program = program
    self.unknowns = unknowns
    self.values = values
    self.tracksForms = tracksForms
    self.isTransient = isTransient
    let walker = try Walker(program, characters: characters)
    let context = walker.context
    run = UnrolledRun(program, walker)
    context.alignments = alignments
    context.toldApart = Set(toldApart.map { Int32($0) })
    if let judgement { (context.settles, context.isDeferred) = (judgement.isHard, judgement.isBeforeMultiplier) }
    context.exponentOfRunParameter = { runParameter, forms in
      guard case .multiplier(let name) = runParameter, let unknown = unknowns.multiplier(name) else {
        return (.one, nil)
      }
      let form = tracksForms ? forms.unknown(Int32(unknown)) : 0
      return (Power(exponent: values(unknown) ?? .zero, form: form, open: form), Int32(unknown))
    }
    context.inspect = { [unowned walker, unowned context] components, site in
      if judge(&components, site, context.step, context) { walker.runParametersVersion += 1 }
    }
    context.inspectArgument = { [unowned walker, unowned context] components, site in
      if judgeArgument(components, site, context.step, context) { walker.runParametersVersion += 1 }
    }
  }

  private static let mostSteps = 24

  /// Walks until nothing changes, or `steps` steps, or until `stop` says so after an instruction. Returns whether
  /// nothing stopped it.
  func walk(steps: Int? = nil, stop: (Int) -> Bool = { _ in false }) throws -> Bool {
    let (walker, context) = (walker, walker.context)
    let weights = unknowns.weights
    /// Accumulated updates, relative to their level.
    var updates = [Scale](repeating: .zero, count: weights.count)
    var stood: Walker?
    for step in 0..<SteadyRun.mostSteps {
      run.step = step
      for (k, weight) in weights.enumerated() {
        var source = context.initialWeight(
          weight.initializer, at: weight.id.index, exponent: values(unknowns.initial(k)) ?? .zero,
          blame: blame(unknowns.initial(k)))
        let own = form(unknowns.initial(k))
        for i in source.components.indices {
          source.components[i].power = Power(exponent: source.components[i].exponent, form: own, open: own)
        }
        let level = Power(
          exponent: values(unknowns.level(k)) ?? .zero, form: form(unknowns.level(k)), open: form(unknowns.level(k)))
        let update = updates[k].components.map {
          var component = $0
          component.power = context.plus(component.power, level)
          component.blame = blame(unknowns.level(k))
          return component
        }
        walker.setSource(weight.id, context.sum(of: source, and: Scale(update), at: context.sites[weight.id.index]))
      }
      var stopped = false
      run.readPasses { i in
        if stop(i) { stopped = true }
        return stopped
      }
      if stopped { return false }
      if step + 1 == steps { return true }
      let found = unknowns.gradientOfWeight.map { $0.flatMap { walker[$0].exponent } }
      let before = updates
      for k in weights.indices {
        guard let id = unknowns.gradientOfWeight[k], let largest = walker[id].top?.power else { continue }
        updates[k] = context.accumulate(
          updates[k], walker[id], of: weights[k].id, shift: context.times(-1, largest).settled,
          at: context.sites[id.index])
      }
      let settled = step > 0 && updates == before && found == gradients.last
      if let last = gradients.last, last != found, let stood { transients.append(stood) }
      gradients.append(found)
      if settled { return true }
      stood = isTransient(found) ? Walker(copying: walker) : nil
    }
    throw ScalingError.unsettled(program: program.name, passes: SteadyRun.mostSteps)
  }

  private func blame(_ unknown: Int) -> Blame { Blame(unknown: Int32(unknown), entered: nil) }
  private func form(_ unknown: Int) -> FormID { tracksForms ? walker.context.forms.unknown(Int32(unknown)) : 0 }
}

extension Scale {
  /// The first of the largest components.
  var top: Component? { components.max { $0.exponent < $1.exponent } }
}

import Exact
import TensorPrograms

/// The first stage of a derivation, without any optimizer: how large initial weights, their accumulated updates and
/// free multipliers may be, so that no feature exceeds size 1 and every contribution attains it.
///
/// A run is walked step by step. An update has the shape that the gradient gives it; its level is set so that its
/// largest contribution is exactly 0. Initial sizes and multipliers are set at initialization, and mended wherever a
/// later contribution exceeds 0; what stays below 0 throughout is raised. Repeated until nothing is mended.
struct Levels {
  let program: Program
  /// By unknown; nil if nothing judged it.
  private(set) var values: [Exponent?]
  private(set) var fixedBy: [Fixing?]
  private(set) var walker: Walker
  /// The exponent of each weight's gradient, by step and weight; nil if it is zero.
  private(set) var gradients: [[Exponent?]] = []
  private(set) var passes = 0

  private let weights: [(id: ValueID, weight: Weight)]
  private let gradientOfWeight: [ValueID?]
  private let multiplierIndex: [String: Int]

  /// The event that fixed an unknown.
  struct Fixing {
    var event: Int32
    var step: Int
    var site: Int
    /// The exponent that the contribution would have had with the unknown at 0.
    var contribution: Exponent
  }

  enum Failure: Error { case unsettled }

  init(_ program: Program) throws {
    self.program = program
    weights = program.weights
    let gradients = Dictionary(program.gradients.map { ($0.weight, $0.value) }, uniquingKeysWith: { a, _ in a })
    gradientOfWeight = weights.map { gradients[$0.id] }
    multiplierIndex = Dictionary(
      program.multipliers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
    values = [Exponent?](repeating: nil, count: 2 * weights.count + program.multipliers.count)
    fixedBy = [Fixing?](repeating: nil, count: values.count)
    walker = try Walker(program)
    try solve()
  }

  func initial(_ weight: Int) -> Exponent? { values[2 * weight] }
  func level(_ weight: Int) -> Exponent? { values[2 * weight + 1] }
  func multiplier(_ name: String) -> Exponent? {
    multiplierIndex[name].flatMap { values[2 * weights.count + $0] }
  }
  func unknown(initialOf weight: Int) -> Int { 2 * weight }
  func unknown(levelOf weight: Int) -> Int { 2 * weight + 1 }
  func unknown(multiplier name: String) -> Int? { multiplierIndex[name].map { 2 * weights.count + $0 } }

  /// The exponent of a weight's gradient in the steady state.
  func gradient(_ weight: Int) -> Exponent? { gradients.last?[weight] }

  private static let mostPasses = 24
  private static let mostSteps = 24

  private mutating func solve() throws {
    let judgement = Judgement(program)
    var raised = Set<Int>()
    for pass in 1...Levels.mostPasses {
      passes = pass
      let state = Pass(values)
      try run(state, judgement)
      values = state.values
      var again = state.mended
      if !again {
        for (unknown, largest) in state.largest.enumerated() {
          guard let largest, largest < 0, let value = values[unknown], raised.insert(unknown).inserted else { continue }
          values[unknown] = value - largest
          again = true
        }
      }
      if !again {
        // Reasons in terms of the last walk, whose events are kept.
        fixedBy = state.largestFixing
        if values.contains(where: { $0?.isBeyond ?? false }) { throw ScalingError.outOfRange("of \(program.name)") }
        return
      }
    }
    throw ScalingError.unsettled(program: program.name, passes: Levels.mostPasses)
  }

  /// What one walk of a run learns. A reference, since the walker calls back into it.
  private final class Pass {
    var values: [Exponent?]
    /// The largest contribution blamed on each unknown, and the first event that made one so large.
    var largest: [Exponent?]
    var largestFixing: [Fixing?]
    var mended = false

    init(_ values: [Exponent?]) {
      self.values = values
      largest = [Exponent?](repeating: nil, count: values.count)
      largestFixing = [Fixing?](repeating: nil, count: values.count)
    }

    /// Judges the contributions at one site; those too large are mended on the spot.
    func judge(_ components: inout [Component], _ site: Site, _ step: Int, _ judgement: Judgement) -> Bool {
      var changed = false
      var seen: [Int32] = []
      for component in components {
        guard let blame = component.blame, judgement.applies(component, site), !seen.contains(blame.unknown) else {
          continue
        }
        seen.append(blame.unknown)
        let unknown = Int(blame.unknown)
        var worst = component
        for other in components where other.blame?.unknown == blame.unknown && judgement.applies(other, site) {
          if other.exponent > worst.exponent { worst = other }
        }
        guard let coefficient = worst.blame?.coefficient, coefficient > 0 else { continue }
        let fixing = Fixing(
          event: worst.cause, step: step, site: site.index,
          contribution: worst.exponent - (values[unknown] ?? 0) * coefficient)
        if values[unknown] == nil || worst.exponent > 0 {
          let correction = worst.exponent / coefficient
          if values[unknown] != nil { mended = true }
          largestFixing[unknown] = fixing
          values[unknown] = (values[unknown] ?? 0) - correction
          for i in components.indices where components[i].blame?.unknown == blame.unknown {
            components[i].exponent -= correction * (components[i].blame?.coefficient ?? 1)
          }
          largest[unknown] = .zero
          changed = true
        } else if largest[unknown].map({ worst.exponent > $0 }) ?? true {
          largest[unknown] = worst.exponent
          largestFixing[unknown] = fixing
        }
      }
      return changed
    }
  }

  private mutating func run(_ pass: Pass, _ judgement: Judgement) throws {
    walker = try Walker(program, characters: walker)
    let walker = walker
    let context = walker.context
    let base = 2 * weights.count
    context.exponentOfSymbol = { [multiplierIndex] symbol in
      guard case .multiplier(let name) = symbol, let index = multiplierIndex[name] else { return (.one, nil) }
      return (Power(exponent: pass.values[base + index] ?? .zero), Int32(base + index))
    }
    context.inspect = { components, site in
      if pass.judge(&components, site, context.step, judgement) { walker.symbolsVersion += 1 }
    }
    /// Accumulated updates, relative to their level.
    var updates = [Scale](repeating: .zero, count: weights.count)
    gradients = []
    for step in 0..<Levels.mostSteps {
      context.step = step
      for (k, weight) in weights.enumerated() {
        var source = context.initialWeight(
          weight.weight, at: weight.id.index, exponent: pass.values[2 * k] ?? .zero,
          blame: Blame(unknown: Int32(2 * k), coefficient: 1, entered: nil))
        let level = pass.values[2 * k + 1] ?? .zero
        source.components += updates[k].components.map {
          var component = $0
          component.exponent += level
          component.blame = Blame(unknown: Int32(2 * k + 1), coefficient: 1, entered: nil)
          return component
        }
        walker.setSource(weight.id, source)
      }
      walker.walk(0..<program.backwardCount)
      let found = gradientOfWeight.map { $0.flatMap { walker[$0].exponent } }
      let before = updates
      for k in weights.indices {
        guard let id = gradientOfWeight[k], let largest = found[k] else { continue }
        updates[k] = context.accumulate(
          updates[k], walker[id], shift: Power(exponent: -largest), at: context.sites[id.index])
      }
      let settled = step > 0 && updates == before && found == gradients.last
      gradients.append(found)
      if settled { return }
    }
    throw ScalingError.unsettled(program: program.name, passes: Levels.mostSteps)
  }
}

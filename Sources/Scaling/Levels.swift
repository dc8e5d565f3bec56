import Exact
import TensorPrograms

/// The first stage of a derivation, without any optimizer: how large initial weights, their accumulated updates and
/// free multipliers may be, so that no feature exceeds size 1 and every contribution attains it.
///
/// A run is walked step by step. An update has the shape that the gradient gives it; its level is set so that its
/// largest contribution is exactly 0. Initial sizes and multipliers are set at initialization, and mended wherever a
/// later contribution exceeds 0; what stays below 0 throughout is raised. Repeated until nothing is mended. What is up to
/// several unknowns is then shared among them.
struct Levels {
  let program: Program
  /// By unknown; nil if nothing judged it.
  private(set) var values: [Exponent?]
  private(set) var boundBy: [Bound?]
  private(set) var walker: Walker
  /// The exponent of each weight's gradient, by step and weight; nil if it is zero.
  private(set) var gradients: [[Exponent?]] = []
  /// Where the run stood at each step whose gradients differ from those of the steady state.
  private(set) var transients: [Walker] = []
  private(set) var passes = 0
  /// Unknowns of contributions that are still too large and up to several of them.
  private(set) var shared: Set<Int> = []
  /// Unknowns that enter together.
  private(set) var joint: Set<Int> = []
  let unknowns: Unknowns
  let alignments: [Int: Alignment]
  /// Unknowns whose value the question gives.
  private(set) var given: [Int: Exponent]

  /// The event that fixed an unknown.
  struct Bound {
    var event: Int32
    var step: Int
    var site: Int
    /// The exponent that the contribution would have had with the unknown at 0.
    var contribution: Exponent
  }

  /// `given`: exponents by unknown that are not solved for. What they make too large is a ``ScalingError``.
  init(_ program: Program, given: [Int: Exponent] = [:], alignments: [Int: Alignment] = [:]) throws {
    self.program = program
    self.alignments = alignments
    self.given = given
    unknowns = Unknowns(program)
    values = [Exponent?](repeating: nil, count: unknowns.count)
    for (unknown, value) in given { values[unknown] = value }
    boundBy = [Bound?](repeating: nil, count: values.count)
    walker = try Walker(program)
    try solve()
    try shareWhatIsUpToSeveral()
  }

  /// Holds unknowns at values found elsewhere, and settles the others anew.
  mutating func hold(_ found: [Int: Exponent]) throws {
    let before = given
    for (unknown, value) in found { (given[unknown], values[unknown]) = (value, value) }
    try solve()
    given = before
  }

  func initial(_ weight: Int) -> Exponent? { values[unknowns.initial(weight)] }
  func level(_ weight: Int) -> Exponent? { values[unknowns.level(weight)] }
  func multiplier(_ name: String) -> Exponent? { unknowns.multiplier(name).flatMap { values[$0] } }

  /// The exponent of a weight's gradient in the steady state.
  func gradient(_ weight: Int) -> Exponent? { gradients.last?[weight] }

  private static let mostPasses = 24
  /// What was raised may be lowered again by a later event, and that for the sake of something that is mended itself.
  private static let mostRaises = 4

  mutating func solve() throws {
    let judgement = Judgement(program)
    var raised = [Int](repeating: 0, count: values.count)
    for pass in 1...Levels.mostPasses {
      passes = pass
      let state = Pass(values, given, firstMultiplier: 2 * unknowns.weights.count)
      try run(state, judgement)
      values = state.values
      if let problem = state.problem {
        throw ScalingError.tooLarge(
          unknown: unknowns.name(problem.unknown, in: program), value: program.knownName(problem.site),
          exponent: problem.exponent.rational, step: problem.step)
      }
      // A gradient that was seen before an unknown had its value may be wrong; it matters where gradients differ by step.
      var again = state.mended || (state.assigned && gradients.contains { $0 != gradients.last })
      if !again {
        var raises = state.largest.enumerated().compactMap { unknown, largest -> (unknown: Int, by: Exponent)? in
          guard given[unknown] == nil, let largest, largest < 0, values[unknown] != nil,
            raised[unknown] < Levels.mostRaises
          else { return nil }
          return (unknown, -largest)
        }
        if raises.contains(where: { raised[$0.unknown] > 0 }) {
          // Raised together they were too large: one after the other, what comes first in the program first.
          raises.sort { (state.largestBounds[$0.unknown]?.site ?? 0) < (state.largestBounds[$1.unknown]?.site ?? 0) }
          raises.removeSubrange(1...)
        }
        for (unknown, by) in raises {
          raised[unknown] += 1
          values[unknown] = (values[unknown] ?? .zero) + by
          again = true
        }
      }
      if !again {
        if let stuck = state.stuck {
          throw ScalingError.growsAnyway(
            value: program.knownName(stuck.site), line: program.line(stuck.site), step: stuck.step,
            exponent: stuck.exponent.rational)
        }
        // Reasons in terms of the last walk, whose events are kept.
        boundBy = state.largestBounds
        (shared, joint) = (state.shared, state.joint)
        if values.contains(where: { $0?.isBeyond ?? false }) { throw ScalingError.outOfRange("of \(program.name)") }
        return
      }
    }
    throw ScalingError.unsettled(program: program.name, passes: Levels.mostPasses)
  }

  /// A contribution that grows whatever the unknowns are.
  struct Stuck {
    var site: Int
    var step: Int
    var exponent: Exponent
  }

  /// What one walk of a run learns. A reference, since the walker calls back into it.
  private final class Pass {
    var values: [Exponent?]
    /// The largest contribution blamed on each unknown, and the first event that made one so large.
    var largest: [Exponent?]
    var largestBounds: [Bound?]
    var mended = false
    /// Whether an unknown got its first value.
    var assigned = false
    /// Unknowns of contributions that are too large and up to several of them.
    var shared: Set<Int> = []
    /// Unknowns that enter together, as the factors of a product of weights do: no contribution is one's alone.
    var joint: Set<Int> = []
    /// Something that grows whatever the unknowns are.
    var stuck: Stuck?
    /// A given exponent that makes something grow.
    var problem: (unknown: Int, site: Int, step: Int, exponent: Exponent)?
    private let given: [Int: Exponent]

    /// The unknowns from here on are multipliers, which are there to be chosen.
    private let firstMultiplier: Int32

    init(_ values: [Exponent?], _ given: [Int: Exponent], firstMultiplier: Int) {
      self.values = values
      self.firstMultiplier = Int32(firstMultiplier)
      self.given = given
      largest = [Exponent?](repeating: nil, count: values.count)
      largestBounds = [Bound?](repeating: nil, count: values.count)
    }

    /// Judges the contributions at one site; those too large are mended on the spot.
    func judge(_ components: inout [Component], _ site: Site, _ step: Int, _ judgement: Judgement, _ growth: Growth)
      -> Bool
    {
      judge(&components, site, step, growth, isHard: judgement.isHard[safe: site.index]) {
        judgement.applies($0, site)
      }
    }

    /// Judges what enters a function without a degree: a weight too, that has not met data yet.
    func judgeArgument(
      _ components: [Component], _ site: Site, _ step: Int, _ judgement: Judgement, _ growth: Growth
    ) -> Bool {
      var components = components
      return judge(&components, site, step, growth, isHard: true) { _ in true }
    }

    private func judge(
      _ components: inout [Component], _ site: Site, _ step: Int, _ growth: Growth, isHard: Bool,
      _ applies: (Component) -> Bool
    ) -> Bool {
      var changed = false
      var seen: [Int32] = []
      for component in components where applies(component) {
        let blamed = blamed(component, site, growth.forms, isHard: isHard)
        if blamed.isEmpty {
          if isHard, component.exponent > 0, stuck == nil, growth.forms[component.form].terms.isEmpty {
            stuck = Stuck(site: site.index, step: step, exponent: component.exponent)
          }
          continue
        }
        if blamed.count > 1 {
          let several = blamed.map { Int($0) }
          if component.exponent > 0 { shared.formUnion(several) }
          joint.formUnion(several)
          continue
        }
        let unknown = blamed[0]
        if seen.contains(unknown) { continue }
        seen.append(unknown)
        var worst = component
        for other in components
        where other.exponent > worst.exponent && applies(other)
          && self.blamed(other, site, growth.forms, isHard: isHard) == blamed
        {
          worst = other
        }
        if settle(Int(unknown), by: worst, growth.forms.weight(of: unknown, in: worst), site, step) {
          changed = true
          lower(&components, unknown, by: correction, growth)
        }
      }
      return changed
    }

    private func lower(_ components: inout [Component], _ unknown: Int32, by correction: Exponent, _ growth: Growth) {
      for i in components.indices {
        components[i].exponent -= correction * growth.forms.weight(of: unknown, in: components[i])
      }
    }

    /// By how much the unknown settled last was lowered.
    private var correction = Exponent.zero

    /// Sets an unknown by a contribution; returns whether that changed it.
    private func settle(_ unknown: Int, by worst: Component, _ coefficient: Exponent, _ site: Site, _ step: Int) -> Bool
    {
      let bound = Bound(
        event: worst.cause, step: step, site: site.index,
        contribution: worst.exponent - (values[unknown] ?? 0) * coefficient)
      if worst.exponent > 0, given[unknown] != nil {
        if problem == nil { problem = (unknown, site.index, step, worst.exponent) }
      } else if values[unknown] == nil || worst.exponent > 0 {
        correction = worst.exponent / coefficient
        if values[unknown] != nil { mended = true } else { assigned = true }
        largestBounds[unknown] = bound
        values[unknown] = (values[unknown] ?? 0) - correction
        largest[unknown] = .zero
        return true
      } else if largest[unknown].map({ worst.exponent > $0 }) ?? true {
        largest[unknown] = worst.exponent
        largestBounds[unknown] = bound
      }
      return false
    }

    /// The unknowns of a form that are to be found and with which the whole grows; of multipliers and others the
    /// multipliers, which are there to be chosen.
    private func free(_ candidates: FormTable.Form, of form: FormTable.Form) -> [Int32] {
      let found = candidates.terms.filter { term in
        term.coefficient > 0 && form.coefficient(of: term.unknown) > 0 && given[Int(term.unknown)] == nil
      }
      let multipliers = found.filter { $0.unknown >= firstMultiplier }
      return (multipliers.isEmpty ? found : multipliers).map(\.unknown)
    }

    /// The unknowns that a contribution is up to: what enters at this very place, a weight or a multiplier; else all
    /// that nothing has settled on the way; where scale matters else all with which it grows. Empty if there are none.
    private func blamed(_ component: Component, _ site: Site, _ forms: FormTable, isHard: Bool) -> [Int32] {
      let form = forms[component.form]
      // A function that weights alone enter is where they enter.
      let isEntering = component.blame.map { $0.entered == nil || $0.entered == Int32(site.index) } ?? false
      if isEntering {
        let entering = free(forms[component.open], of: form)
        if entering.count > 1 { return entering }
      }
      if let blame = component.blame, form.coefficient(of: blame.unknown) > 0, component.exponent <= 0 || isEntering {
        return [blame.unknown]
      }
      guard component.exponent > 0 else { return [] }
      for candidates in isHard ? [forms[component.open], form] : [forms[component.open]] {
        let found = free(candidates, of: form)
        if !found.isEmpty { return found }
      }
      // What was judged on the way is up to those found there, unless they are given.
      guard let blame = component.blame, given[Int(blame.unknown)] != nil else { return [] }
      return form.coefficient(of: blame.unknown) > 0 ? [blame.unknown] : []
    }
  }

  private mutating func run(_ pass: Pass, _ judgement: Judgement) throws {
    let run = try SteadyRun(
      program, unknowns, characters: walker, alignments: alignments, tracksForms: true, values: { pass.values[$0] },
      judgement: judgement,
      judge: { components, site, step, growth in pass.judge(&components, site, step, judgement, growth) },
      judgeArgument: { components, site, step, growth in
        guard judgement.appliesToArgument(site) else { return false }
        return pass.judgeArgument(components, site, step, judgement, growth)
      },
      isTransient: { [steady = gradients.last] in steady != nil && steady != $0 })
    walker = run.walker
    _ = try run.walk()
    (gradients, transients) = (run.gradients, run.transients)
  }
}

extension FormTable {
  /// How much a component grows with an unknown: by what nothing has settled on the way, if that is anything.
  fileprivate func weight(of unknown: Int32, in component: Component) -> Exponent {
    let open = self[component.open].coefficient(of: unknown)
    return open.isZero ? self[component.form].coefficient(of: unknown) : open
  }
}

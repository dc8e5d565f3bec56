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

  let unknowns: Unknowns
  private let alignments: [Int: Alignment]
  /// Unknowns whose value the question gives.
  private let given: [Int: Exponent]

  /// The event that fixed an unknown.
  struct Fixing {
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
    fixedBy = [Fixing?](repeating: nil, count: values.count)
    walker = try Walker(program)
    try solve()
  }

  func initial(_ weight: Int) -> Exponent? { values[unknowns.initial(weight)] }
  func level(_ weight: Int) -> Exponent? { values[unknowns.level(weight)] }
  func multiplier(_ name: String) -> Exponent? { unknowns.multiplier(name).flatMap { values[$0] } }

  /// The exponent of a weight's gradient in the steady state.
  func gradient(_ weight: Int) -> Exponent? { gradients.last?[weight] }

  private static let mostPasses = 24
  /// What was raised may be lowered again by a later event, and that for the sake of something that is mended itself.
  private static let mostRaises = 4

  private mutating func solve() throws {
    let judgement = Judgement(program)
    var raised = [Int](repeating: 0, count: values.count)
    for pass in 1...Levels.mostPasses {
      passes = pass
      let state = Pass(values, given)
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
        for (unknown, largest) in state.largest.enumerated() {
          guard given[unknown] == nil, let largest, largest < 0, let value = values[unknown],
            raised[unknown] < Levels.mostRaises
          else { continue }
          raised[unknown] += 1
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
    /// Whether an unknown got its first value.
    var assigned = false
    /// A given exponent that makes something grow.
    var problem: (unknown: Int, site: Int, step: Int, exponent: Exponent)?
    private let given: [Int: Exponent]

    init(_ values: [Exponent?], _ given: [Int: Exponent]) {
      self.values = values
      self.given = given
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
        if worst.exponent > 0, given[unknown] != nil {
          if problem == nil { problem = (unknown, site.index, step, worst.exponent) }
        } else if values[unknown] == nil || worst.exponent > 0 {
          let correction = worst.exponent / coefficient
          if values[unknown] != nil { mended = true } else { assigned = true }
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
    let run = try SteadyRun(
      program, unknowns, characters: walker, alignments: alignments, tracksForms: false, values: { pass.values[$0] },
      judge: { components, site, step in pass.judge(&components, site, step, judgement) })
    walker = run.walker
    _ = try run.walk()
    gradients = run.gradients
  }
}

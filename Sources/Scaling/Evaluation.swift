import Exact
import TensorPrograms

/// The scale calculus at one point: which exponents contributions have there, and the forms that give them.
struct Evaluation {
  let point: [Rational]
  let unknowns: Unknowns
  /// Contributions as forms, each no more than 0 at a feasible point.
  private(set) var cuts: [Cut] = []
  /// Features of size 1 at initialization, as forms: they shall not vanish, so each is no less than 0.
  private(set) var floors: [Cut] = []
  /// The largest contribution blamed on each unknown, as a form; nil if nothing judged it.
  private(set) var contributions: [LinearForm?]
  /// Each weight's step before its rate; nil if there is none.
  private(set) var directions: [LinearForm?] = []
  private(set) var reasons: [Levels.Bound?]
  private(set) var gradients: [[Exponent?]] = []
  private(set) var walker: Walker
  /// Whether the run came to its end; if not, a contribution exceeded 0, and the cuts are those found until then.
  private(set) var isComplete = false

  struct Cut: Hashable {
    var form: LinearForm
    var isLocal: Bool
    /// Where it was found, for an explanation.
    var site: Int
    var step: Int

    static func == (a: Cut, b: Cut) -> Bool { a.form == b.form }
    func hash(into hasher: inout Hasher) { hasher.combine(form) }
  }

  var isJudged: [Bool] { contributions.map { $0 != nil } }
  var objective: LinearForm { contributions.reduce(LinearForm()) { $1.map { [sum = $0] in sum + $0 } ?? $0 } }

  /// How small an initial size may be, all else as it is.
  enum SmallestInitial {
    /// Nothing judged it.
    case unjudged
    /// So small that it may be zero.
    case zero
    /// With less, a feature would vanish or another contribution become less.
    case size(Rational)
  }

  /// Of each weight.
  func smallestInitials() -> [SmallestInitial] {
    let weights = unknowns.weights
    var least = [Rational?](repeating: nil, count: point.count)
    let others = contributions.enumerated().compactMap { unknown, form in
      form.map { (form: $0, bound: $0.value(at: point), owner: unknown) }
    }
    for (form, bound, owner) in floors.map({ ($0.form, Rational.zero, -1) }) + others {
      let slack = bound - form.value(at: point)
      // form(point) + coefficient (x - point) >= bound
      for term in form.terms where term.coefficient > 0 && term.variable != owner {
        let x = point[term.variable] + slack / term.coefficient
        least[term.variable] = max(least[term.variable] ?? x, x)
      }
    }
    return weights.indices.map { k in
      let unknown = unknowns.initial(k)
      if weights[k].initializer == .zero || contributions[unknown] == nil { return .unjudged }
      return least[unknown].map { .size($0) } ?? .zero
    }
  }

  init(_ program: Program, _ unknowns: Unknowns, at point: [Rational], characters: Walker?) throws {
    self.point = point
    self.unknowns = unknowns
    contributions = [LinearForm?](repeating: nil, count: unknowns.count)
    reasons = [Levels.Bound?](repeating: nil, count: unknowns.count)
    let judgement = Judgement(program)
    let found = Found(unknowns.count)
    var context: Growth?
    let exponents = point.map { Exponent($0) }
    let run = try SteadyRun(
      program, unknowns, characters: characters, alignments: [:], tracksForms: true, values: { exponents[$0] },
      judge: { components, site, step, _ in
        if let context { found.note(components, site, step, judgement, context, point) }
        return false
      })
    context = run.walker.context
    walker = run.walker
    isComplete = try run.walk { _ in found.isViolated }
    gradients = run.gradients
    cuts = found.cuts
    floors = found.floors
    contributions = found.largest.map { $0?.form }
    reasons = found.largest.map { $0?.bound }
    if isComplete {
      let rates = Rates(program, settled: run.walker, transients: run.transients)
      directions = rates.directions.map { power in power.map { rates.forms.linear($0, at: point) } }
    }
    context = nil
  }

  /// What a walk finds; a reference, since the walker calls back into it.
  private final class Found {
    var cuts: [Cut] = []
    var floors: [Cut] = []
    var isViolated = false
    var largest: [(exponent: Exponent, form: LinearForm, bound: Levels.Bound)?]
    private var seen: Set<Cut> = []

    init(_ count: Int) { largest = .init(repeating: nil, count: count) }

    func note(
      _ components: [Component], _ site: Site, _ step: Int, _ judgement: Judgement, _ context: Growth,
      _ point: [Rational]
    ) {
      for component in components {
        // What grows because something else shrinks is judged in the quotient that it is part of.
        guard let blame = component.blame, judgement.applies(component, site) else { continue }
        let coefficient = context.forms[component.form].coefficient(of: blame.unknown)
        guard coefficient > 0 else { continue }
        let form = context.forms.linear(component.power, at: point)
        if component.exponent > 0 { isViolated = true }
        if !form.isConstant {
          let cut = Cut(form: form, isLocal: context.forms[component.form].isLocal, site: site.index, step: step)
          if seen.insert(cut).inserted {
            cuts.append(cut)
            // A value without growing axes is output-like: its mean may come with training.
            if step == 0, component.exponent.isZero, site.resultAxes.contains(where: context.isGrowing) {
              floors.append(cut)
            }
          }
        }
        let unknown = Int(blame.unknown)
        guard largest[unknown].map({ $0.exponent < component.exponent }) ?? true else {
          continue
        }
        largest[unknown] = (
          component.exponent, form,
          Levels.Bound(
            event: component.cause, step: step, site: site.index,
            contribution: component.exponent - Exponent(point[unknown]) * coefficient)
        )
      }
    }
  }
}

extension FormTable {
  /// The form of a power, with the constant that makes it right at the point of evaluation.
  func linear(_ power: Power, at point: [Rational]) -> LinearForm {
    var form = LinearForm(
      self[power.form].terms.map { (variable: Int($0.unknown), coefficient: $0.coefficient.rational) })
    form.constant = power.exponent.rational - form.value(at: point)
    return form
  }
}

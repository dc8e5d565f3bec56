import Exact
import TensorPrograms

/// Contributions that several unknowns could keep from growing, none of them rather than another: two towers that meet in
/// one sum, a weight that meets itself. There the answer is the leximin: the smallest contribution as large as it can be,
/// then the next smallest, and so on, which treats alike what is alike.
extension Levels {
  mutating func shareWhatIsUpToSeveral() throws {
    if shared.isEmpty && joint.isEmpty { return }
    let judgement = Judgement(program)
    var point = values.map { $0 ?? .zero }
    var members = shared.union(joint)
    var known: Set<LinearForm> = []
    var visited: [[Exponent]: Contributions] = [:]
    for _ in 0..<Levels.mostShares {
      let found = try collect(at: point, members, judgement)
      members.formUnion(found.members)
      visited[point] = found
      guard var next = found.solve(Array(members).sorted(), at: point, knowing: &known) else { break }
      // What is largest changes from point to point; when one returns, the best of those is the answer.
      if next != point, visited[next] != nil, let best = Levels.best(of: visited) { (next, point) = (best, best) }
      guard next == point else {
        point = next
        continue
      }
      try hold(Dictionary(uniqueKeysWithValues: members.map { ($0, point[$0]) }))
      let settled = values.map { $0 ?? .zero }
      let more = members.union(shared).union(joint)
      if settled == point, more == members { return }
      if more != members { visited = [:] }
      (members, point) = (more, settled)
    }
    throw ScalingError.unsettled(program: program.name, passes: Levels.mostShares)
  }

  private static func best(of visited: [[Exponent]: Contributions]) -> [Exponent]? {
    visited.filter { $0.value.isFeasible }.max { a, b in
      let (first, second) = (a.value.sizes, b.value.sizes)
      if first != second { return first.lexicographicallyPrecedes(second) }
      return a.key.sorted().lexicographicallyPrecedes(b.key.sorted())
    }?.key
  }

  private static var mostShares: Int { 60 }

  /// What a run at a point says of the unknowns that share.
  private func collect(at point: [Exponent], _ members: Set<Int>, _ judgement: Judgement) throws -> Contributions {
    let found = Contributions(members, firstMultiplier: 2 * unknowns.weights.count)
    let run = try SteadyRun(
      program, unknowns, characters: walker, alignments: alignments, tracksForms: true, toldApart: members,
      values: { point[$0] }, judgement: judgement,
      judge: { components, site, _, growth in
        let isFeature = judgement.isHard[safe: site.index] && site.resultAxes.contains(where: growth.isGrowing)
        for component in components where judgement.applies(component, site) {
          found.note(component, growth, isHard: judgement.isHard[safe: site.index])
        }
        if isFeature { found.noteFeature(site.index, components.filter { judgement.applies($0, site) }, growth) }
        return false
      },
      judgeArgument: { components, site, _, growth in
        if judgement.appliesToArgument(site) {
          for component in components { found.note(component, growth, isHard: true) }
        }
        return false
      })
    _ = try run.walk()
    return found
  }
}

/// Contributions of a run in terms of the unknowns that share. A reference, since the walker calls back into it.
private final class Contributions {
  private(set) var members: Set<Int>
  private var cuts: Set<Cut> = []
  /// The largest contribution that each member enters, and of each feature the largest at all.
  private var largest: [Key: Largest] = [:]

  private struct Largest {
    /// Whether it is of the kind that counts first.
    var isPreferred: Bool
    var exponent: Exponent
    var form: FormTable.Form
  }

  private struct Cut: Hashable {
    var form: FormTable.Form
    var exponent: Exponent
  }

  private enum Key: Hashable {
    case unknown(Int)
    case feature(Int)
  }

  /// Whether nothing grows.
  private(set) var isFeasible = true
  /// The contributions, the smallest first.
  var sizes: [Exponent] { largest.values.map(\.exponent).sorted() }

  /// The unknowns from here on are multipliers.
  private let firstMultiplier: Int32

  init(_ members: Set<Int>, firstMultiplier: Int) {
    self.members = members
    self.firstMultiplier = Int32(firstMultiplier)
  }
  func note(_ component: Component, _ growth: Growth, isHard: Bool) {
    let form = growth.forms[component.form]
    if component.exponent > 0 {
      isFeasible = false
      for term in growth.forms[component.open].terms where term.coefficient > 0 { members.insert(Int(term.unknown)) }
    }
    guard form.terms.contains(where: { members.contains(Int($0.unknown)) }) else { return }
    cuts.insert(Cut(form: form, exponent: component.exponent))
    // What is made on the way may be of any size; what counts is what comes of it where scale matters.
    if !isHard { return }
    for term in form.terms where term.coefficient > 0 && members.contains(Int(term.unknown)) {
      let isInitial = term.unknown < firstMultiplier && term.unknown % 2 == 0
      raise(.unknown(Int(term.unknown)), component, form, preferring: isInitial ? .initial : .update)
    }
  }

  func noteFeature(_ site: Int, _ components: [Component], _ growth: Growth) {
    for component in components { raise(.feature(site), component, growth.forms[component.form], preferring: .update) }
  }

  /// Of initial sizes what is there at initialization counts, of all else what training does, so that it is what stays
  /// large.
  private func raise(
    _ key: Key, _ component: Component, _ form: FormTable.Form, preferring origin: Component.Origin
  ) {
    let isPreferred = component.origin == origin
    if let known = largest[key] {
      if known.isPreferred && !isPreferred { return }
      if known.isPreferred == isPreferred && known.exponent >= component.exponent { return }
    }
    largest[key] = Largest(isPreferred: isPreferred, exponent: component.exponent, form: form)
  }

  /// The leximin of the contributions, all else as it is; among such points the one that is most even itself. What was
  /// found at earlier points is known: an exponent is a maximum of forms, each of which is a cut (Kelley 1960).
  func solve(_ order: [Int], at point: [Exponent], knowing known: inout Set<LinearForm>) -> [Exponent]? {
    let index = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    let here = point.map(\.rational)
    func whole(_ form: FormTable.Form, _ exponent: Exponent) -> LinearForm {
      var result = LinearForm(form.terms.map { (variable: Int($0.unknown), coefficient: $0.coefficient.rational) })
      result.constant = exponent.rational - result.value(at: here)
      return result
    }
    /// In the unknowns that share, the others being what they are.
    func restricted(_ form: LinearForm) -> LinearForm {
      form.terms.reduce(LinearForm(constant: form.constant)) { sum, term in
        index[term.variable].map { sum + LinearForm(variable: $0, term.coefficient) }
          ?? sum + LinearForm(constant: term.coefficient * here[term.variable])
      }
    }
    // What holds near this point only: where nothing satisfies it, it is left out.
    var local: Set<LinearForm> = []
    for cut in cuts {
      let form = whole(cut.form, cut.exponent)
      if cut.form.isLocal { local.insert(restricted(form)) } else { known.insert(form) }
    }
    let firm = Set(known.map(restricted))
    let rows = firm.union(local)
    var forms: Set<LinearForm> = []
    for (key, top) in largest {
      if case .unknown(let x) = key, index[x] == nil { continue }
      let form = restricted(whole(top.form, top.exponent))
      if !form.isConstant { forms.insert(form) }
    }
    var next = point
    for group in LinearGroups(count: order.count, connected: rows.union(forms)).members {
      let bounds = group.map { max(0, here[order[$0]]) }
      guard
        let found = LinearGroups.solve(group, bounds: bounds, rows: rows, forms: forms)
          ?? LinearGroups.solve(group, bounds: bounds, rows: firm, forms: forms)
      else { return nil }
      for (k, i) in group.enumerated() { next[order[i]] = Exponent(found[k]) }
    }
    return next
  }
}

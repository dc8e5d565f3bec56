import Exact

/// Variables that no form connects are solved for apart: the leximin of all is that of each group.
struct LinearGroups {
  private(set) var members: [[Int]] = []

  init(count: Int, connected forms: Set<LinearForm>) {
    var root = Array(0..<count)
    func find(_ i: Int) -> Int {
      var i = i
      while root[i] != i { i = root[i] }
      return i
    }
    for form in forms {
      guard let first = form.terms.first?.variable else { continue }
      for term in form.terms { root[find(term.variable)] = find(first) }
    }
    members = Dictionary(grouping: 0..<count) { find($0) }.values.sorted { $0[0] < $1[0] }
  }

  /// The leximin of the forms of a group where none of its rows exceeds 0; of such points the most even.
  static func solve(_ group: [Int], bounds: [Rational], rows: Set<LinearForm>, forms: Set<LinearForm>) -> [Rational]? {
    let place = Dictionary(uniqueKeysWithValues: group.enumerated().map { ($1, $0) })
    func own(_ all: Set<LinearForm>) -> [LinearForm] {
      all.compactMap { form in
        guard let first = form.terms.first, place[first.variable] != nil else { return nil }
        return form.terms.reduce(LinearForm(constant: form.constant)) { sum, term in
          place[term.variable].map { sum + LinearForm(variable: $0, term.coefficient) } ?? sum
        }
      }
    }
    var program = LinearProgram()
    for (k, bound) in bounds.enumerated() { program.require(LinearForm(variable: k), .atMost, bound) }
    // Of rows that differ by a constant only one binds.
    let tightest = Dictionary(own(rows).map { ($0.terms, $0) }) { $0.constant > $1.constant ? $0 : $1 }
    for row in tightest.values { program.require(row, .atMost, 0) }
    let forms = own(forms)
    guard let first = program.leximin(forms) else { return nil }
    for form in forms { program.require(form, .atLeast, form.value(at: first)) }
    let even = program.leximin(group.indices.map { LinearForm(variable: $0) }) ?? first
    return Array(even.prefix(group.count))
  }
}

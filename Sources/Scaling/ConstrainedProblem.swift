import Exact
import TensorPrograms

/// The linear program of a constrained question, in exact rationals.
///
/// Variables are the unknowns of ``Unknowns`` (initial size, level of the update, free multipliers), and of each weight
/// its rate exponent c and multiplier exponent a. Rows are the user's constraints and the cuts that evaluations found.
struct ConstrainedProblem {
  let program: Program
  let unknowns: Unknowns
  /// The degree of each weight's gauge law.
  let degrees: [Rational?]
  /// Rows by which of the user's constraints they come from.
  private(set) var user: [(row: Row, constraint: String)] = []

  struct Row: Hashable {
    var form: LinearForm
    var relation: LinearProgram.Relation
    var bound: Rational
  }

  func rate(_ weight: Int) -> LinearForm { LinearForm(variable: unknowns.count + weight) }
  func gauge(_ weight: Int) -> LinearForm { LinearForm(variable: unknowns.count + unknowns.weights.count + weight) }
  func initial(_ weight: Int) -> LinearForm { LinearForm(variable: unknowns.initial(weight)) }
  func level(_ weight: Int) -> LinearForm { LinearForm(variable: unknowns.level(weight)) }
  /// b: the initial size is n^-(a + b).
  func initialExponent(_ weight: Int) -> LinearForm { -initial(weight) - gauge(weight) }
  var variableCount: Int { unknowns.count + 2 * unknowns.weights.count }

  /// Throws ``ProgramError/unknownWeight(_:known:)`` for a pattern that nothing fits.
  init(_ program: Program, degrees: [Rational?], _ constraints: [Constraint]) throws {
    self.program = program
    self.degrees = degrees
    unknowns = Unknowns(program)
    for constraint in constraints { try add(constraint) }
  }

  private mutating func add(_ constraint: Constraint) throws {
    let standard = Parametrization.standard(program)
    let names = unknowns.weights.map { program[$0.id].name }
    let multipliers = program.multipliers.map(\.name)
    func matching(_ pattern: String, _ known: [String]) throws -> [Int] {
      let found = known.indices.filter { Parametrization.matches(known[$0], pattern) }
      guard !found.isEmpty else { throw ProgramError.unknownWeight(pattern, known: names + multipliers) }
      return found
    }
    func require(_ form: LinearForm, _ value: Rational, _ text: String) {
      user.append((Row(form: form, relation: .equal, bound: value), text))
    }
    func fixMultiplier(_ j: Int, _ value: Rational, _ text: String) {
      if let unknown = unknowns.multiplier(multipliers[j]) { require(LinearForm(variable: unknown), value, text) }
    }
    switch constraint {
    case .fix(let pattern, let part, let value):
      for k in try matching(pattern, names) {
        let form = part == .a ? gauge(k) : part == .b ? initialExponent(k) : rate(k)
        require(form, value, "\(names[k]).\(part)=\(value)")
      }
    case .fixMultiplier(let pattern, let value):
      for j in try matching(pattern, multipliers) { fixMultiplier(j, value, "\(multipliers[j])=\(value)") }
    case .equalRates(let pattern):
      let group = try matching(pattern, names).filter { unknowns.gradientOfWeight[$0] != nil }
      for (k, next) in zip(group, group.dropFirst()) { require(rate(k) - rate(next), 0, "\(constraint)") }
    case .noMultipliers:
      for k in names.indices { require(gauge(k), 0, "\(constraint)") }
      for (j, rule) in standard.multipliers.enumerated() { fixMultiplier(j, rule.exponent, "\(constraint)") }
    case .standardInitialization:
      for (k, rule) in standard.weights.enumerated() {
        require(gauge(k), 0, "\(constraint)")
        if rule.initializer != .zero { require(initialExponent(k), rule.exponents.b, "\(constraint)") }
      }
      for (j, rule) in standard.multipliers.enumerated() { fixMultiplier(j, rule.exponent, "\(constraint)") }
    }
  }

  /// The linear program at an evaluation: the user's rows first, floors and cuts last.
  func linearProgram(
    _ evaluation: Evaluation, floors: [Evaluation.Cut], cuts: [Evaluation.Cut], onlyUser: Set<Int>? = nil
  ) -> LinearProgram {
    var result = LinearProgram()
    for (i, entry) in user.enumerated() where onlyUser?.contains(i) ?? true {
      result.require(entry.row.form, entry.row.relation, entry.row.bound)
    }
    for row in structure(evaluation) { result.require(row.form, row.relation, row.bound) }
    for floor in floors { result.require(floor.form, .atLeast, 0) }
    for cut in cuts { result.require(cut.form, .atMost, 0) }
    return result
  }

  /// What ties rates to levels, and what no question can move.
  private func structure(_ evaluation: Evaluation) -> [Row] {
    var rows: [Row] = []
    for k in unknowns.weights.indices {
      if let direction = evaluation.directions[k], unknowns.gradientOfWeight[k] != nil {
        // n^level is rate times step: c = direction - level in the gauge a = 0, and moves with the gauge.
        rows.append(
          Row(
            form: rate(k) + (degrees[k].map { 1 + $0 } ?? 0) * gauge(k) + level(k) - direction, relation: .equal,
            bound: 0))
      } else {
        rows.append(Row(form: rate(k), relation: .equal, bound: 0))
        rows.append(Row(form: level(k), relation: .equal, bound: 0))
      }
      if degrees[k] == nil { rows.append(Row(form: gauge(k), relation: .equal, bound: 0)) }
      if !evaluation.isJudged[unknowns.initial(k)] {
        rows.append(Row(form: initial(k), relation: .equal, bound: evaluation.point[unknowns.initial(k)]))
      }
    }
    return rows
  }
}

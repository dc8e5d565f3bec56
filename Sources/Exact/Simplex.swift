/// The tableau of the simplex method: every basic variable as a linear form in the others.
///
/// Variables are numbered: first the program's own, which are free, then one slack a row. A free variable is brought
/// into the basis once and stays there; an equality's slack leaves it once and stays out, at zero. What is left is a
/// program in slacks that must not be negative.
struct Simplex {
  private let freeCount: Int
  private let slackCount: Int
  private let isEquality: [Bool]
  /// The variable of each row, and of each column.
  private var basic: [Int] = []
  private var nonbasic: [Int]
  private var rows: [Line] = []

  /// `constant + coefficients . nonbasic variables`.
  private struct Line {
    var constant: Rational
    var coefficients: [Rational]

    /// Puts `line` in the place of the variable of a column.
    mutating func substitute(_ line: Line, at column: Int) {
      let factor = coefficients[column]
      if factor.isZero { return }
      coefficients[column] = .zero
      constant += factor * line.constant
      for (j, value) in line.coefficients.enumerated() where !value.isZero { coefficients[j] += factor * value }
    }
  }

  enum Status {
    /// The multipliers of the rows, `atLeast` ones negated.
    case optimal(value: Rational, multipliers: [Rational])
    case unbounded(direction: [Rational])
  }

  init(_ constraints: [LinearProgram.Row], variables: Int) {
    freeCount = variables
    slackCount = constraints.count
    isEquality = constraints.map { $0.relation == .equal }
    nonbasic = Array(0..<variables)
    for (i, row) in constraints.enumerated() {
      // slack = bound - form, or form - bound.
      let sign: Rational = row.relation == .atLeast ? 1 : -1
      var line = Line(
        constant: sign * (row.form.constant - row.bound), coefficients: [Rational](repeating: .zero, count: variables))
      for term in row.form.terms { line.coefficients[term.variable] = sign * term.coefficient }
      rows.append(line)
      basic.append(variables + i)
    }
  }

  /// The artificial variable of the first phase.
  private var artificial: Int { freeCount + slackCount }
  /// Whether a variable must not be negative.
  private func isRestricted(_ variable: Int) -> Bool {
    variable >= freeCount && (variable == artificial || !isEquality[variable - freeCount])
  }

  /// The program's variables at the present point.
  var point: [Rational] {
    var result = [Rational](repeating: .zero, count: freeCount)
    for (i, variable) in basic.enumerated() where variable < freeCount { result[variable] = rows[i].constant }
    return result
  }

  // MARK: - First phase

  /// Goes to a feasible point; if there is none, returns the multipliers that prove it.
  mutating func findFeasiblePoint() -> [Rational]? {
    for i in rows.indices where isEquality[i] {
      if let column = nonbasic.indices.first(where: { nonbasic[$0] < freeCount && !rows[i].coefficients[$0].isZero }) {
        pivot(i, column)
      } else if !rows[i].constant.isZero {
        // The row is a sum of other equalities, with another bound.
        var multipliers = multipliers(of: rows[i]).map { -$0 }
        multipliers[i] = 1
        return rows[i].constant < 0 ? multipliers : multipliers.map { -$0 }
      }
    }
    for column in nonbasic.indices where nonbasic[column] < freeCount {
      if let i = rows.indices.first(where: { isRestricted(basic[$0]) && !rows[$0].coefficients[column].isZero }) {
        pivot(i, column)
      }
    }
    return removeNegatives()
  }

  /// One artificial variable is added to all rows that must not be negative, and made as small as possible.
  private mutating func removeNegatives() -> [Rational]? {
    let restricted = rows.indices.filter { isRestricted(basic[$0]) }
    guard var lowest = restricted.first else { return nil }
    for i in restricted where rows[i].constant < rows[lowest].constant { lowest = i }
    if rows[lowest].constant >= 0 { return nil }
    let column = nonbasic.count
    nonbasic.append(artificial)
    for i in rows.indices { rows[i].coefficients.append(restricted.contains(i) ? .one : .zero) }
    pivot(lowest, column)
    var objective = Line(constant: .zero, coefficients: [Rational](repeating: .zero, count: nonbasic.count))
    objective.constant = -rows[lowest].constant
    objective.coefficients = rows[lowest].coefficients.map { -$0 }
    _ = climb(&objective)
    if objective.constant < 0 { return multipliers(of: objective).map { -$0 } }
    if let i = basic.firstIndex(of: artificial) {
      // At zero; it is exchanged for anything that it depends on, or dropped.
      if let other = nonbasic.indices.first(where: {
        isRestricted(nonbasic[$0]) && !rows[i].coefficients[$0].isZero
      }) {
        pivot(i, other)
      } else {
        basic.remove(at: i)
        rows.remove(at: i)
      }
    }
    if let column = nonbasic.firstIndex(of: artificial) {
      nonbasic.remove(at: column)
      for i in rows.indices { rows[i].coefficients.remove(at: column) }
    }
    return nil
  }

  // MARK: - Second phase

  /// Goes from a feasible point to one where the form is largest.
  mutating func maximize(_ form: LinearForm) -> Status {
    var objective = Line(
      constant: form.constant, coefficients: [Rational](repeating: .zero, count: nonbasic.count))
    for term in form.terms {
      if let column = nonbasic.firstIndex(of: term.variable) {
        objective.coefficients[column] += term.coefficient
      } else if let i = basic.firstIndex(of: term.variable) {
        objective.constant += term.coefficient * rows[i].constant
        for (j, value) in rows[i].coefficients.enumerated() where !value.isZero {
          objective.coefficients[j] += term.coefficient * value
        }
      }
    }
    // A free variable outside the basis is bounded by no row.
    for column in nonbasic.indices where nonbasic[column] < freeCount && !objective.coefficients[column].isZero {
      return .unbounded(direction: direction(of: column, objective.coefficients[column] > 0 ? 1 : -1))
    }
    if let column = climb(&objective) { return .unbounded(direction: direction(of: column, 1)) }
    return .optimal(value: objective.constant, multipliers: multipliers(of: objective).map { -$0 })
  }

  /// Pivots until nothing raises the objective. Returns a column along which it rises for ever, if there is one.
  ///
  /// The steepest column enters, the first one after a step that went nowhere, until one goes somewhere: strict
  /// steps visit no vertex twice, and among the others the smallest-subscript rule does not cycle.
  private mutating func climb(_ objective: inout Line) -> Int? {
    var stalled = false
    while true {
      var entering: Int?
      for column in nonbasic.indices where isRestricted(nonbasic[column]) && objective.coefficients[column] > 0 {
        guard let best = entering else {
          entering = column
          continue
        }
        let (new, old) = (objective.coefficients[column], objective.coefficients[best])
        let earlier = nonbasic[column] < nonbasic[best]
        if stalled ? earlier : new > old || (new == old && earlier) { entering = column }
      }
      guard let entering else { return nil }
      var leaving: (row: Int, ratio: Rational)?
      for i in rows.indices where isRestricted(basic[i]) && rows[i].coefficients[entering] < 0 {
        let ratio = rows[i].constant / -rows[i].coefficients[entering]
        guard let best = leaving else {
          leaving = (i, ratio)
          continue
        }
        // The artificial variable goes as soon as it may.
        let first = basic[i] == artificial || (basic[best.row] != artificial && basic[i] < basic[best.row])
        if ratio < best.ratio || (ratio == best.ratio && first) { leaving = (i, ratio) }
      }
      guard let leaving else { return entering }
      stalled = leaving.ratio.isZero
      pivot(leaving.row, entering)
      objective.substitute(rows[leaving.row], at: entering)
    }
  }

  /// Exchanges the variable of a row and that of a column.
  private mutating func pivot(_ i: Int, _ column: Int) {
    var line = rows[i]
    let inverse = Rational.one / line.coefficients[column]
    line.constant = -line.constant * inverse
    for j in line.coefficients.indices where !line.coefficients[j].isZero {
      line.coefficients[j] = j == column ? inverse : -line.coefficients[j] * inverse
    }
    rows[i] = line
    for k in rows.indices where k != i { rows[k].substitute(line, at: column) }
    swap(&basic[i], &nonbasic[column])
  }

  /// The coefficients of slacks, by row of the program.
  private func multipliers(of line: Line) -> [Rational] {
    var result = [Rational](repeating: .zero, count: slackCount)
    for (column, variable) in nonbasic.enumerated() where variable >= freeCount && variable != artificial {
      result[variable - freeCount] = line.coefficients[column]
    }
    return result
  }

  /// How the program's variables change if that of a column does.
  private func direction(of column: Int, _ sign: Rational) -> [Rational] {
    var result = [Rational](repeating: .zero, count: freeCount)
    if nonbasic[column] < freeCount { result[nonbasic[column]] = sign }
    for (i, variable) in basic.enumerated() where variable < freeCount {
      result[variable] = sign * rows[i].coefficients[column]
    }
    return result
  }
}

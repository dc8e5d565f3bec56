import Exact
import Testing

private func x(_ variable: Int, _ coefficient: Rational = 1) -> LinearForm {
  LinearForm(variable: variable, coefficient)
}

@Suite struct LinearProgramTests {
  @Test func theDocumentedExample() throws {
    var program = LinearProgram()
    program.require(x(0) + x(1), .atMost, 4)
    program.require(x(0) - x(1), .equal, 1)
    let optimum = try #require(program.maximize(x(0)).optimum)
    #expect(optimum.point == [Rational(5, 2), Rational(3, 2)] && optimum.value == Rational(5, 2))
    #expect(optimum.multipliers == [.half, .half])
  }

  /// E. M. L. Beale's program, on which the steepest column with first-come ties cycles for ever.
  @Test func doesNotCycle() throws {
    var program = LinearProgram()
    program.require(x(0, Rational(1, 4)) - x(1, 60) - x(2, Rational(1, 25)) + x(3, 9), .atMost, 0)
    program.require(x(0, .half) - x(1, 90) - x(2, Rational(1, 50)) + x(3, 3), .atMost, 0)
    program.require(x(2), .atMost, 1)
    for variable in 0..<4 { program.require(x(variable), .atLeast, 0) }
    let objective = x(0, Rational(3, 4)) - x(1, 150) + x(2, Rational(1, 50)) - x(3, 6)
    let optimum = try #require(program.maximize(objective).optimum)
    #expect(optimum.value == Rational(1, 20))
    try Proof(program).check(program.maximize(objective), objective)
  }

  /// A cube squashed so that the steepest column visits all its corners (V. Klee and G. J. Minty 1972).
  @Test func numbersBeyondMachineWords() throws {
    var program = LinearProgram()
    var objective = LinearForm()
    let huge = Rational(Int.max)
    for k in 0..<6 {
      objective = objective + x(k, power(10, 5 - k))
      var form = x(k)
      for j in 0..<k { form = form + x(j, 2 * power(10, k - j)) }
      program.require(huge * form, .atMost, huge * power(100, k))
      program.require(x(k), .atLeast, 0)
    }
    let optimum = try #require(program.maximize(huge * objective).optimum)
    #expect(optimum.value == huge * power(100, 5))
  }

  private func power(_ base: Rational, _ exponent: Int) -> Rational { (0..<exponent).reduce(1) { p, _ in p * base } }

  @Test func withoutRowsOrVariables() throws {
    let empty = LinearProgram()
    #expect(empty.maximize(LinearForm(constant: 3)).optimum?.value == 3)
    try Proof(empty).check(empty.maximize(x(2)), x(2))
    #expect(empty.range(of: x(2)) == .between(nil, nil))
    #expect(empty.minimalConflict(removable: []) == nil)
    var constant = LinearProgram()
    constant.require(LinearForm(constant: 1), .atMost, 0)
    #expect(constant.infeasibility?.rows == [0])
    #expect(constant.minimalConflict(removable: []) == [])
    #expect(constant.minimalConflict(removable: [0]) == [0])
  }

  @Test func equalitiesThatRepeatOrConflict() throws {
    var program = LinearProgram()
    program.require(x(0) + x(1), .equal, 2)
    program.require(2 * (x(0) + x(1)), .equal, 4)
    program.require(x(0), .atLeast, 0)
    #expect(program.range(of: x(1)) == .between(nil, 2))
    #expect(program.range(of: x(0) + x(1) + 1) == .between(3, 3))
    program.require(x(0) + x(1), .equal, 3)
    let proof = try #require(program.infeasibility)
    #expect(proof.rows.contains(3) && !proof.rows.contains(2))
    #expect(program.range(of: x(0)) == .infeasible(proof))
    #expect(program.minimalConflict(removable: [0, 1, 2, 3]).map { $0.count } == 2)
    #expect(program.minimalConflict(removable: [3]) == [3])
  }

  /// Random programs with few variables in a box, against the best of all vertices.
  @Test(arguments: 0..<150) func agreesWithEveryVertex(seed: UInt64) throws {
    var random = RandomProgram(seed: seed)
    let (program, objective) = random.make(variables: 1 + Int(seed % 3), boxed: true)
    let outcome = program.maximize(objective)
    try Proof(program).check(outcome, objective)
    let best = vertices(of: program).map { objective.value(at: $0) }.max()
    #expect(outcome.optimum?.value == best, "\(program.rows)")
  }

  /// Larger ones, bounded or not: whatever comes out is proved by what comes with it.
  @Test(arguments: 0..<150) func answersProveThemselves(seed: UInt64) throws {
    var random = RandomProgram(seed: 1000 + seed)
    let (program, objective) = random.make(variables: 1 + Int(seed % 7), boxed: false)
    try Proof(program).check(program.maximize(objective), objective)
    if case .between(let least, let largest) = program.range(of: objective) {
      #expect(largest == program.maximize(objective).optimum?.value)
      #expect(least == program.minimize(objective).optimum?.value)
    } else {
      #expect(program.infeasibility != nil)
    }
    // The same program with its rows in another order.
    var reversed = LinearProgram()
    for row in program.rows.reversed() { reversed.require(row.form, row.relation, row.bound) }
    #expect(reversed.maximize(objective).optimum?.value == program.maximize(objective).optimum?.value)
  }

  /// Conflicts are conflicts, and nothing in them is superfluous.
  @Test func conflictsAreMinimal() throws {
    var conflicts = 0
    for seed in 0..<200 as Range<UInt64> {
      var random = RandomProgram(seed: 5000 + seed)
      let (program, _) = random.make(variables: 1 + Int(seed % 4), boxed: false)
      let removable = program.rows.indices.filter { $0 % 4 != 3 }
      guard let found = program.minimalConflict(removable: removable) else {
        #expect(program.infeasibility == nil)
        continue
      }
      conflicts += 1
      let fixed = program.rows.indices.filter { !removable.contains($0) }
      func isFeasible(_ chosen: [Int]) -> Bool {
        var part = LinearProgram()
        for i in fixed + chosen { part.require(program.rows[i].form, program.rows[i].relation, program.rows[i].bound) }
        return part.infeasibility == nil
      }
      #expect(found.allSatisfy { removable.contains($0) } && found == found.sorted())
      #expect(!isFeasible(found), "\(program.rows)")
      for row in found { #expect(isFeasible(found.filter { $0 != row }), "\(program.rows) without \(row)") }
      #expect(program.minimalConflict(removable: removable) == found)
    }
    #expect(conflicts > 40, "too few conflicts to mean much: \(conflicts)")
  }

  @Test func formsReadAsWritten() {
    #expect((2 * x(0) - x(3) + Rational(1, 2)).description == "2 x0 - x3 + 1/2")
    #expect((x(1) - x(1)).description == "0")
    #expect(LinearForm([(2, 1), (0, -1), (2, 1)]) == 2 * x(2) - x(0))
  }

  /// Every choice of as many rows as there are variables, where it has one solution that satisfies the others.
  private func vertices(of program: LinearProgram) -> [[Rational]] {
    var found: [[Rational]] = []
    func choose(_ from: Int, _ chosen: [LinearProgram.Row]) {
      if chosen.count == program.variableCount {
        if let point = solve(chosen, program.variableCount), program.rows.allSatisfy({ $0.holds(at: point) }) {
          found.append(point)
        }
        return
      }
      for i in from..<max(from, program.rows.count) { choose(i + 1, chosen + [program.rows[i]]) }
    }
    choose(0, [])
    return found
  }

  /// Gauss-Jordan; nil if the equations have no single solution.
  private func solve(_ equations: [LinearProgram.Row], _ count: Int) -> [Rational]? {
    var matrix = equations.map { row in (0..<count).map { row.form[$0] } + [row.bound - row.form.constant] }
    for column in 0..<count {
      guard let pivot = (column..<count).first(where: { !matrix[$0][column].isZero }) else { return nil }
      matrix.swapAt(pivot, column)
      matrix[column] = matrix[column].map { [divisor = matrix[column][column]] in $0 / divisor }
      for i in 0..<count where i != column {
        let factor = matrix[i][column]
        matrix[i] = zip(matrix[i], matrix[column]).map { $0 - factor * $1 }
      }
    }
    return matrix.map { $0[count] }
  }
}

/// Checks an answer by what it comes with, without solving anything.
private struct Proof {
  let program: LinearProgram
  init(_ program: LinearProgram) { self.program = program }

  func check(_ outcome: LinearProgram.Outcome, _ objective: LinearForm) throws {
    let what: Comment = "\(objective)\n\(program.rows)\n\(outcome)"
    switch outcome {
    case .optimal(let optimum):
      #expect(program.rows.allSatisfy { $0.holds(at: optimum.point) }, what)
      #expect(objective.value(at: optimum.point) == optimum.value, what)
      #expect(combination(optimum.multipliers) == objective + -optimum.value, what)
    case .unbounded(let ray):
      #expect(program.rows.allSatisfy { $0.holds(at: ray.point) }, what)
      for steps in [1, 1_000_000] as [Rational] {
        let far = zip(ray.point, ray.direction).map { $0 + steps * $1 }
        #expect(program.rows.allSatisfy { $0.holds(at: far) }, what)
      }
      #expect(objective.value(at: ray.direction) > objective.constant, what)
    case .infeasible(let why):
      let sum = combination(why.multipliers)
      #expect(sum.isConstant && sum.constant > 0, what)
    }
  }

  /// The sum of multiplier times (form - bound), the multipliers having the signs that their rows allow.
  private func combination(_ multipliers: [Rational]) -> LinearForm {
    #expect(multipliers.count == program.rows.count)
    var sum = LinearForm()
    for (row, multiplier) in zip(program.rows, multipliers) {
      switch row.relation {
      case .atMost: #expect(multiplier >= 0)
      case .atLeast: #expect(multiplier <= 0)
      case .equal: break
      }
      sum = sum + multiplier * (row.form + -row.bound)
    }
    return sum
  }
}

/// Random rows with small coefficients, so that ties and degenerate vertices are common.
private struct RandomProgram {
  private var state: UInt64
  init(seed: UInt64) { state = seed &+ 0x9E37_79B9_7F4A_7C15 }

  private mutating func below(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }

  mutating func make(variables: Int, boxed: Bool) -> (LinearProgram, LinearForm) {
    var program = LinearProgram()
    for _ in 0..<1 + below(boxed ? 5 : 2 * variables + 3) {
      let form = self.form(variables)
      let relation: LinearProgram.Relation = [.atMost, .atMost, .atLeast, .atLeast, .equal][below(5)]
      program.require(form, relation, Rational(below(9) - 4, 1 + below(2)))
    }
    if boxed {
      for variable in 0..<variables {
        program.require(x(variable), .atMost, 3)
        program.require(x(variable), .atLeast, -2)
      }
    }
    return (program, form(variables))
  }

  private mutating func form(_ variables: Int) -> LinearForm {
    var form = LinearForm(constant: Rational(below(3) - 1))
    for variable in 0..<variables { form = form + x(variable, Rational(below(5) - 2)) }
    return form
  }
}

/// A linear program in free variables, solved exactly: no rounding, so that "infeasible", "unbounded" and "equal"
/// are facts. Each answer comes with what proves it.
///
///     let x = LinearForm(variable: 0), y = LinearForm(variable: 1)
///     var program = LinearProgram()
///     program.require(x + y, .atMost, 4)
///     program.require(x - y, .equal, 1)
///     program.maximize(x)      // optimal at [5/2, 3/2], value 5/2
///
/// The simplex method (G. B. Dantzig 1951, "Maximization of a linear function of variables subject to linear
/// inequalities"), in two phases; where it stalls, the smallest-subscript rule, with which it never cycles
/// (R. G. Bland 1977, "New finite pivoting rules for the simplex method").
public struct LinearProgram: Sendable {
  public private(set) var rows: [Row] = []
  /// One more than the largest variable of the rows.
  public private(set) var variableCount = 0

  public enum Relation: Sendable, Hashable { case atMost, equal, atLeast }

  /// `form <= bound`, `form = bound` or `form >= bound`.
  public struct Row: Sendable, Hashable {
    public var form: LinearForm
    public var relation: Relation
    public var bound: Rational

    /// Whether a point satisfies the row.
    public func holds(at point: [Rational]) -> Bool {
      let value = form.value(at: point)
      return switch relation {
      case .atMost: value <= bound
      case .equal: value == bound
      case .atLeast: value >= bound
      }
    }
  }

  public init() {}

  /// Adds a row and returns its index.
  @discardableResult
  public mutating func require(_ form: LinearForm, _ relation: Relation, _ bound: Rational = 0) -> Int {
    rows.append(Row(form: form, relation: relation, bound: bound))
    variableCount = max(variableCount, (form.terms.last?.variable ?? -1) + 1)
    return rows.count - 1
  }

  /// The answer to a maximization.
  public enum Outcome: Sendable, Hashable {
    case optimal(Optimum)
    case unbounded(Ray)
    case infeasible(Infeasibility)

    public var optimum: Optimum? { if case .optimal(let found) = self { found } else { nil } }
  }

  /// The largest value, where it is attained, and why it is no larger.
  public struct Optimum: Sendable, Hashable {
    /// A point of the largest value, by variable. There may be others.
    public var point: [Rational]
    public var value: Rational
    /// One multiplier a row, not negative for `atMost`, not positive for `atLeast`. The sum of multiplier times
    /// (form - bound) is the objective minus its value, identically: so no feasible point has more.
    public var multipliers: [Rational]

    /// The rows that keep the value from being larger.
    public var binding: [Int] { multipliers.indices.filter { !multipliers[$0].isZero } }
  }

  /// A feasible point, and a direction in which one may go on for ever, the objective growing.
  public struct Ray: Sendable, Hashable {
    public var point: [Rational]
    public var direction: [Rational]
  }

  /// Why no point satisfies all rows (Farkas' lemma).
  public struct Infeasibility: Sendable, Hashable {
    /// One multiplier a row, not negative for `atMost`, not positive for `atLeast`. The sum of multiplier times
    /// (form - bound) is a positive constant, while at a feasible point it would not be positive.
    public var multipliers: [Rational]

    /// The rows that take part.
    public var rows: [Int] { multipliers.indices.filter { !multipliers[$0].isZero } }
  }

  /// The point of the feasible set where a form is largest.
  public func maximize(_ objective: LinearForm) -> Outcome {
    switch feasible(variables: (objective.terms.last?.variable ?? -1) + 1) {
    case .failure(let why): .infeasible(why.certificate)
    case .success(var simplex): outcome(of: &simplex, objective)
    }
  }

  /// The point of the feasible set where a form is smallest. Multipliers and direction are those of the negated form.
  public func minimize(_ objective: LinearForm) -> Outcome {
    let outcome = maximize(-objective)
    guard case .optimal(var optimum) = outcome else { return outcome }
    optimum.value = -optimum.value
    return .optimal(optimum)
  }

  /// Nil if some point satisfies all rows, else the proof that none does.
  public var infeasibility: Infeasibility? {
    if case .failure(let why) = feasible() { why.certificate } else { nil }
  }

  /// The least and the largest value of a form over the feasible set.
  public enum Range: Sendable, Hashable {
    /// An end that is nil is infinitely far away.
    case between(Rational?, Rational?)
    case infeasible(Infeasibility)
  }

  /// From where to where a form can be moved by feasible points.
  public func range(of form: LinearForm) -> Range {
    switch feasible(variables: (form.terms.last?.variable ?? -1) + 1) {
    case .failure(let why): return .infeasible(why.certificate)
    case .success(let simplex):
      var (up, down) = (simplex, simplex)
      let largest = outcome(of: &up, form).optimum?.value
      let least = outcome(of: &down, -form).optimum.map { -$0.value }
      return .between(least, largest)
    }
  }

  /// The failure of the first phase.
  struct Contradiction: Error { var certificate: Infeasibility }

  /// A tableau at a feasible point.
  func feasible(variables: Int = 0) -> Result<Simplex, Contradiction> {
    var simplex = Simplex(rows, variables: max(variables, variableCount))
    if let multipliers = simplex.findFeasiblePoint() {
      return .failure(Contradiction(certificate: Infeasibility(multipliers: signed(multipliers))))
    }
    return .success(simplex)
  }

  private func outcome(of simplex: inout Simplex, _ objective: LinearForm) -> Outcome {
    switch simplex.maximize(objective) {
    case .unbounded(let direction): .unbounded(Ray(point: simplex.point, direction: direction))
    case .optimal(let value, let multipliers):
      .optimal(Optimum(point: simplex.point, value: value, multipliers: signed(multipliers)))
    }
  }

  /// The tableau holds `atLeast` rows negated.
  private func signed(_ multipliers: [Rational]) -> [Rational] {
    zip(rows, multipliers).map { $0.relation == .atLeast ? -$1 : $1 }
  }
}

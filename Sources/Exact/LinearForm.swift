/// A linear form in numbered variables, with a constant: `2 x0 - x3 + 1/2`.
///
///     let x = LinearForm(variable: 0), y = LinearForm(variable: 1)
///     2 * x - y + 1
public struct LinearForm: Sendable, Hashable {
  /// By ascending variable; none is zero.
  public private(set) var terms: [Term]
  public var constant: Rational

  public struct Term: Sendable, Hashable {
    public var variable: Int
    public var coefficient: Rational
  }

  public init(constant: Rational = 0) { (terms, self.constant) = ([], constant) }

  /// One variable, numbered from 0, times a coefficient.
  public init(variable: Int, _ coefficient: Rational = 1) {
    precondition(variable >= 0, "variables are numbered from 0")
    self.init()
    if !coefficient.isZero { terms = [Term(variable: variable, coefficient: coefficient)] }
  }

  /// The sum of coefficients times variables; a variable may come more than once.
  public init(_ terms: [(variable: Int, coefficient: Rational)], constant: Rational = 0) {
    self = terms.reduce(LinearForm(constant: constant)) {
      $0 + LinearForm(variable: $1.variable, $1.coefficient)
    }
  }

  /// The coefficient of a variable, zero if it does not occur.
  public subscript(variable: Int) -> Rational { terms.first { $0.variable == variable }?.coefficient ?? 0 }

  public var isConstant: Bool { terms.isEmpty }

  /// The value at a point; variables beyond its end are zero.
  public func value(at point: [Rational]) -> Rational {
    terms.reduce(constant) { $1.variable < point.count ? $0 + $1.coefficient * point[$1.variable] : $0 }
  }

  public static func + (a: LinearForm, b: LinearForm) -> LinearForm {
    var result = LinearForm(constant: a.constant + b.constant)
    var (i, j) = (0, 0)
    while i < a.terms.count || j < b.terms.count {
      if j == b.terms.count || (i < a.terms.count && a.terms[i].variable < b.terms[j].variable) {
        result.terms.append(a.terms[i])
        i += 1
      } else if i == a.terms.count || b.terms[j].variable < a.terms[i].variable {
        result.terms.append(b.terms[j])
        j += 1
      } else {
        let sum = a.terms[i].coefficient + b.terms[j].coefficient
        if !sum.isZero { result.terms.append(Term(variable: a.terms[i].variable, coefficient: sum)) }
        i += 1
        j += 1
      }
    }
    return result
  }

  public static func * (factor: Rational, form: LinearForm) -> LinearForm {
    if factor.isZero { return LinearForm() }
    var result = LinearForm(constant: factor * form.constant)
    result.terms = form.terms.map { Term(variable: $0.variable, coefficient: factor * $0.coefficient) }
    return result
  }

  public static prefix func - (form: LinearForm) -> LinearForm { -1 * form }
  public static func - (a: LinearForm, b: LinearForm) -> LinearForm { a + -b }
  public static func + (form: LinearForm, constant: Rational) -> LinearForm {
    form + LinearForm(constant: constant)
  }
}

extension LinearForm: CustomStringConvertible {
  /// `2 x0 - x3 + 1/2`.
  public var description: String {
    var text = ""
    for term in terms {
      let size = term.coefficient.magnitude
      text += text.isEmpty ? (term.coefficient < 0 ? "-" : "") : (term.coefficient < 0 ? " - " : " + ")
      text += (size == 1 ? "" : "\(size) ") + "x\(term.variable)"
    }
    if text.isEmpty { return constant.description }
    return constant.isZero ? text : text + (constant < 0 ? " - " : " + ") + constant.magnitude.description
  }
}

public import Exact

/// A linear form in the unknowns of a question, by its number in a ``FormTable``: how an exponent changes with each
/// unknown. Zero is the form of a number that depends on none.
public typealias FormID = Int32

/// Linear forms in unknowns, each stored once; sums and multiples are remembered.
///
/// Every exponent of the calculus is a maximum of linear forms, and an evaluation yields the form that attains it:
/// a cut (Kelley 1960). Where a form was subtracted, as under a division, the maximum is not convex, and the form
/// holds only near the point of evaluation: it is *local*.
public struct FormTable: Sendable {
  public struct Form: Sendable, Hashable {
    /// By unknown, in order, none with a coefficient of zero.
    public var terms: [Term] = []
    public var isLocal = false

    /// How much the exponent grows with an unknown.
    func coefficient(of unknown: Int32) -> Exponent {
      for term in terms where term.unknown == unknown { return term.coefficient }
      return .zero
    }

    public struct Term: Sendable, Hashable {
      public var unknown: Int32
      public var coefficient: Exponent
    }
  }

  private var forms: [Form] = [Form()]
  private var index: [Form: FormID] = [Form(): 0]
  private var sums: [UInt64: FormID] = [:]
  private var multiples: [Multiple: FormID] = [:]

  private struct Multiple: Hashable {
    var form: FormID
    var factor: Exponent
  }

  public init() {}

  public subscript(id: FormID) -> Form { forms[Int(id)] }

  /// The form that is one unknown.
  public mutating func unknown(_ unknown: Int32) -> FormID {
    intern(Form(terms: [.init(unknown: unknown, coefficient: 1)]))
  }

  public mutating func sum(_ a: FormID, _ b: FormID) -> FormID {
    if a == 0 { return b }
    if b == 0 { return a }
    let (low, high) = (min(a, b), max(a, b))
    let key = UInt64(UInt32(bitPattern: low)) << 32 | UInt64(UInt32(bitPattern: high))
    if let known = sums[key] { return known }
    let (x, y) = (forms[Int(low)], forms[Int(high)])
    var result = Form(isLocal: x.isLocal || y.isLocal)
    var (i, j) = (0, 0)
    while i < x.terms.count || j < y.terms.count {
      if j == y.terms.count || (i < x.terms.count && x.terms[i].unknown < y.terms[j].unknown) {
        result.terms.append(x.terms[i])
        i += 1
      } else if i == x.terms.count || y.terms[j].unknown < x.terms[i].unknown {
        result.terms.append(y.terms[j])
        j += 1
      } else {
        let coefficient = x.terms[i].coefficient + y.terms[j].coefficient
        if !coefficient.isZero { result.terms.append(.init(unknown: x.terms[i].unknown, coefficient: coefficient)) }
        i += 1
        j += 1
      }
    }
    let id = intern(result)
    sums[key] = id
    return id
  }

  public mutating func multiple(_ form: FormID, by factor: Exponent) -> FormID {
    if form == 0 || factor == 1 { return form }
    if factor.isZero { return 0 }
    let key = Multiple(form: form, factor: factor)
    if let known = multiples[key] { return known }
    var result = forms[Int(form)]
    for i in result.terms.indices { result.terms[i].coefficient = result.terms[i].coefficient * factor }
    if factor < 0 { result.isLocal = true }
    let id = intern(result)
    multiples[key] = id
    return id
  }

  private mutating func intern(_ form: Form) -> FormID {
    // A form without unknowns is a constant wherever it came from.
    if form.terms.isEmpty { return 0 }
    if let known = index[form] { return known }
    forms.append(form)
    index[form] = FormID(forms.count - 1)
    return FormID(forms.count - 1)
  }
}

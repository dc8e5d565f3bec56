import Exact

/// A product of Gaussian numbers, by their numbers in ascending order; each as often as its power.
typealias GaussianMonomial = [Int32]

/// A polynomial in Gaussian numbers with rational coefficients, none of them zero.
struct GaussianPolynomial: Hashable {
  private(set) var terms: [GaussianMonomial: Rational]

  init(_ terms: [GaussianMonomial: Rational] = [:]) { self.terms = terms }
  static func constant(_ value: Rational) -> GaussianPolynomial { value.isZero ? .init() : .init([[]: value]) }
  static func generator(_ g: Int32) -> GaussianPolynomial { .init([[g]: 1]) }

  var isZero: Bool { terms.isEmpty }

  mutating func add(_ other: GaussianPolynomial, times factor: Rational = 1) {
    for (monomial, coefficient) in other.terms {
      let sum = terms[monomial, default: 0] + factor * coefficient
      terms[monomial] = sum.isZero ? nil : sum
    }
  }

  static func * (a: GaussianPolynomial, b: GaussianPolynomial) -> GaussianPolynomial {
    var result = GaussianPolynomial()
    for (m, x) in a.terms {
      for (k, y) in b.terms { result.add(.init([(m + k).sorted(): 1]), times: x * y) }
    }
    return result
  }

  static func * (factor: Rational, a: GaussianPolynomial) -> GaussianPolynomial {
    factor.isZero ? .init() : .init(a.terms.mapValues { factor * $0 })
  }
}

/// Jointly Gaussian numbers of mean 0, and the means of polynomials in them.
struct GaussianMoments {
  /// By generator and earlier generator: covariances that are not zero.
  private var covariances: [[Int32: Rational]] = []
  private var known: [GaussianMonomial: Rational] = [[]: 1]

  /// A new generator with its covariances: with earlier ones, and at its own number its variance.
  mutating func append(_ covariance: [Int32: Rational], variance: Rational) -> Int32 {
    let number = Int32(covariances.count)
    var row = covariance.filter { !$0.value.isZero }
    if !variance.isZero { row[number] = variance }
    covariances.append(row)
    return number
  }

  private func covariance(_ a: Int32, _ b: Int32) -> Rational {
    covariances[Int(max(a, b))][min(a, b)] ?? 0
  }

  /// Isserlis' theorem: E[g m] is the sum over the factors h of m of Cov(g, h) E[m / h].
  mutating func mean(_ monomial: GaussianMonomial) -> Rational {
    if let found = known[monomial] { return found }
    if monomial.count % 2 == 1 { return 0 }
    var sum = Rational.zero
    let first = monomial[0]
    for i in monomial.indices.dropFirst() {
      // Equal factors are taken together.
      if i > 1, monomial[i] == monomial[i - 1] { continue }
      let c = covariance(first, monomial[i])
      if c.isZero { continue }
      let count = monomial.dropFirst().count { $0 == monomial[i] }
      var rest = Array(monomial.dropFirst())
      rest.remove(at: i - 1)
      sum = sum + Rational(count) * c * mean(rest)
    }
    known[monomial] = sum
    return sum
  }

  mutating func mean(_ polynomial: GaussianPolynomial) -> Rational {
    var sum = Rational.zero
    for (monomial, coefficient) in polynomial.terms {
      let mean = mean(monomial)
      if !mean.isZero { sum = sum + coefficient * mean }
    }
    return sum
  }

  /// E[a b].
  mutating func mean(_ a: GaussianPolynomial, _ b: GaussianPolynomial) -> Rational {
    var sum = Rational.zero
    for (m, x) in a.terms {
      var inner = Rational.zero
      for (k, y) in b.terms {
        let mean = mean((m + k).sorted())
        if !mean.isZero { inner = inner + y * mean }
      }
      if !inner.isZero { sum = sum + x * inner }
    }
    return sum
  }

  /// E of the derivative of a monomial in a generator.
  mutating func meanDerivative(_ monomial: GaussianMonomial, _ generator: Int32) -> Rational {
    guard let i = monomial.firstIndex(of: generator) else { return 0 }
    var rest = monomial
    rest.remove(at: i)
    return Rational(monomial.count { $0 == generator }) * mean(rest)
  }
}

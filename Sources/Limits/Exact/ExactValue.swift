import Exact
import TensorPrograms

/// What an entry is at large width: a sum of powers of n times a number, times polynomials in the random variables of
/// growing axes, and perhaps an entry of a Gaussian matrix.
struct ExactTerm {
  /// The exponent of n.
  var power: Rational
  var number: Rational = 1
  /// By growing axis; along others it is the same.
  var factors: [AxisID: GaussianPolynomial] = [:]
  /// A matrix of independent entries of its weight's variance.
  var matrix: GaussianMatrixEntry?
}

struct GaussianMatrixEntry: Hashable {
  /// Which matrix, and under which names of its two growing axes.
  var matrix: Int
  var rows: AxisID
  var columns: AxisID
}

/// The entries of a value along its fixed axes, row-major.
struct ExactValue {
  /// All axes of the value.
  var axes: [AxisID]
  /// The fixed ones, in their order, with their sizes.
  var fixed: [AxisID]
  var sizes: [Int]
  var entries: [[ExactTerm]]

  /// The position in ``entries`` of an index that is given by axis.
  func position(_ index: [AxisID: Int]) -> Int {
    zip(fixed, sizes).reduce(0) { $0 * $1.1 + (index[$1.0] ?? 0) }
  }

  /// The same with its terms changed one by one.
  func mapTerms(_ body: (ExactTerm) -> ExactTerm) -> ExactValue {
    var result = self
    result.entries = entries.map { $0.map(body) }
    return result
  }
}

extension [ExactTerm] {
  /// Terms of which none is zero; of values that are no matrices the largest power of n alone, added up.
  func settled(isMatrix: Bool) -> [ExactTerm] {
    let present = filter { term in !term.number.isZero && term.factors.values.allSatisfy { !$0.isZero } }
    if isMatrix || present.contains(where: { $0.matrix != nil || $0.factors.count > 1 }) { return present }
    guard let power = present.map(\.power).max() else { return [] }
    let kept = present.filter { $0.power == power }
    var (sums, number): ([AxisID: GaussianPolynomial], Rational) = ([:], 0)
    for term in kept {
      if let (axis, polynomial) = term.factors.first {
        sums[axis, default: .init()].add(polynomial, times: term.number)
      } else {
        number = number + term.number
      }
    }
    // A number and a random variable: the number is a constant polynomial.
    if !number.isZero, let axis = sums.keys.first {
      sums[axis]?.add(.constant(number))
      number = 0
    }
    var result = sums.filter { !$0.value.isZero }.map { ExactTerm(power: power, factors: [$0.key: $0.value]) }
    if !number.isZero { result.append(ExactTerm(power: power, number: number)) }
    return result
  }
}

extension Rational {
  /// The value of a Double, exactly.
  init?(exactly value: Double) {
    guard value.isFinite else { return nil }
    var (significand, exponent) = (value, 0)
    while significand != significand.rounded(), exponent < 1100 {
      significand *= 2
      exponent += 1
    }
    guard abs(significand) < 0x1p62 else { return nil }
    self = Rational(Int(significand)) * Rational(2).power(-exponent)
  }

  /// A whole power.
  func power(_ exponent: Int) -> Rational {
    let product = (0..<abs(exponent)).reduce(Rational.one) { result, _ in result * self }
    return exponent < 0 ? 1 / product : product
  }

  /// A power, if it is rational: of a half, where there is a root.
  func power(_ exponent: Rational) -> Rational? {
    guard let (p, q) = exponent.machineParts, abs(p) <= 64 else { return nil }
    if q == 1 { return power(p) }
    guard q == 2, self > 0, let (numerator, denominator) = machineParts,
      let a = Self.root(numerator), let b = Self.root(denominator)
    else { return nil }
    return Rational(a, b).power(p)
  }

  private static func root(_ value: Int) -> Int? {
    let guess = Int(Double(value).squareRoot().rounded())
    return guess * guess == value ? guess : nil
  }
}

import Exact
import Scaling
import TensorPrograms

/// A training step read at infinite width in rational numbers: each value as polynomials in Gaussian variables.
///
/// A vector along a growing axis is the random variable Z of the Master Theorem (Tensor Programs III, 2009.10685), a
/// polynomial in the Gaussian parts of what matrices made. A matrix applied to a monomial makes a new Gaussian variable,
/// plus the correction from what its transpose was applied to before. Sums over growing axes are means.
final class ExactReading: Interpretation {
  let program: Program
  let sites: [Site]
  let axes: [Axis]
  /// What weights and states are, by instruction; data, by instruction.
  var sources: [Int: ExactValue] = [:]
  /// The exponent and the number of a run parameter.
  let parameters: (RunParameter) -> (number: Rational, power: Rational)?
  private var moments = GaussianMoments()
  private var variances: [Rational] = []
  /// By matrix, whether its columns are summed, and monomial: the variable that came out.
  private var applied: [Application: Int32] = [:]
  /// By matrix and whether its columns were summed: what it was applied to, in order.
  private var history: [Side: [(monomial: GaussianMonomial, generator: Int32)]] = [:]

  private struct Side: Hashable {
    var matrix: Int
    var sumsColumns: Bool
  }

  private struct Application: Hashable {
    var side: Side
    var monomial: GaussianMonomial
  }

  init(_ program: Program, parameters: @escaping (RunParameter) -> (number: Rational, power: Rational)?) {
    let numbered = ProgramAxes(program)
    (axes, sites) = (numbered.axes, numbered.sites)
    (self.program, self.parameters) = (program, parameters)
  }

  func grows(_ axis: AxisID) -> Bool { !axes[Int(axis)].growth.isZero }
  func name(_ site: Site) -> String { program.instructions[site.index].name }
  func word(_ site: Site) -> String { program.instructions[site.index].primitive.word }

  func size(_ axis: AxisID) -> Int { axes[Int(axis)].dimension.size.fixedValue }

  /// A value of some axes, from what its entries are by index.
  func value(_ axes: [AxisID], _ entry: ([AxisID: Int]) throws(LimitError) -> [ExactTerm]) throws(LimitError)
    -> ExactValue
  {
    let fixed = axes.filter { !grows($0) }
    let sizes = fixed.map(size)
    let isMatrix = axes.count(where: grows) > 1
    var result = ExactValue(axes: axes, fixed: fixed, sizes: sizes, entries: [])
    for flat in 0..<sizes.reduce(1, *) {
      var (rest, index) = (flat, [AxisID: Int]())
      for (axis, size) in zip(fixed, sizes).reversed() {
        index[axis] = rest % size
        rest /= size
      }
      result.entries.append(try entry(index).settled(isMatrix: isMatrix))
    }
    return result
  }

  private func unsupported(_ site: Site, _ reason: String) -> LimitError {
    .unsupported(value: name(site), operation: word(site), reason: reason)
  }

  // MARK: - Values that are not computed

  /// A Gaussian weight of a variance, times n to a power: variables of its one growing axis, or a matrix of its two.
  func gaussian(_ site: Site, variance: Rational, power: Rational) throws(LimitError) -> ExactValue {
    let growing = site.resultAxes.filter(grows)
    guard growing.count == 1 || growing.count == 2 else {
      throw unsupported(site, "a random weight must have one or two growing axes; this one has \(growing.count)")
    }
    return try value(site.resultAxes) { _ throws(LimitError) in
      if growing.count == 1 {
        let g = moments.append([:], variance: variance)
        return [ExactTerm(power: power, factors: [growing[0]: .generator(g)])]
      }
      variances.append(variance)
      return [
        ExactTerm(
          power: power,
          matrix: GaussianMatrixEntry(matrix: variances.count - 1, rows: growing[0], columns: growing[1]))
      ]
    }
  }

  /// A number, the same everywhere.
  func number(_ number: Rational, _ axes: [AxisID], power: Rational = 0) throws(LimitError) -> ExactValue {
    try value(axes) { _ throws(LimitError) in [ExactTerm(power: power, number: number)] }
  }

  private func found(_ site: Site) throws(LimitError) -> ExactValue {
    guard let value = sources[site.index] else { throw .data(input: name(site), reason: "is not given") }
    return value
  }

  func source(at site: Site) throws(LimitError) -> ExactValue { try found(site) }
  func data(at site: Site) throws(LimitError) -> ExactValue { try found(site) }
  func constant(at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "the entries of a formula are not rational")
  }
  func one(at site: Site) throws(LimitError) -> ExactValue { try number(1, site.resultAxes) }

  // MARK: - Entry by entry

  func map(_ phi: FunctionProfile, _ x: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    guard let parts = program.instructions[site.index].primitive.entryFunction?.parts,
      parts.allSatisfy({ $0.base == .one })
    else { throw unsupported(site, "it is no polynomial; only of polynomials are the means rational") }
    return try value(site.resultAxes) { index throws(LimitError) in
      let terms = x.entries[x.position(index)]
      if let large = terms.first(where: { $0.power != 0 }), let homogeneity = phi.homogeneity {
        return try self.power(terms, parts, at: site).map { term in
          var term = term
          term.power = large.power * homogeneity.rational
          return term
        }
      }
      if let large = terms.first(where: { $0.power > 0 }) {
        throw .diverges(value: name(site), power: large.power.asPowerOfWidth)
      }
      return try self.power(terms.filter { $0.power.isZero }, parts, at: site)
    }
  }

  /// A polynomial of an entry that is one polynomial in random variables.
  private func power(_ terms: [ExactTerm], _ parts: [FunctionPart], at site: Site) throws(LimitError) -> [ExactTerm] {
    guard terms.count <= 1, terms.first?.matrix == nil, (terms.first?.factors.count ?? 0) <= 1 else {
      throw unsupported(site, "its operand is a matrix")
    }
    let axis = terms.first?.factors.keys.first
    let x: GaussianPolynomial =
      terms.first.map { term in
        term.factors.values.first.map { term.number * $0 } ?? .constant(term.number)
      } ?? .init()
    var result = GaussianPolynomial()
    for part in parts {
      guard let coefficient = Rational(exactly: part.coefficient) else {
        throw unsupported(site, "a number is not rational")
      }
      let product = (0..<part.power).reduce(GaussianPolynomial.constant(1)) { product, _ in product * x }
      result.add(product, times: coefficient)
    }
    if let axis { return [ExactTerm(power: 0, factors: [axis: result])] }
    return [ExactTerm(power: 0, number: result.terms[[]] ?? 0)]
  }

  func add(_ operands: [ExactValue], times coefficients: [Double], at site: Site) throws(LimitError) -> ExactValue {
    let numbers = coefficients.map { Rational(exactly: $0) }
    guard !numbers.contains(where: { $0 == nil }) else { throw unsupported(site, "a number is not rational") }
    return try value(site.resultAxes) { index throws(LimitError) in
      operands.enumerated().flatMap { i, operand in
        operand.entries[operand.position(index)].map { term in
          var term = term
          if !numbers.isEmpty { term.number = term.number * (numbers[i] ?? 0) }
          return term
        }
      }
    }
  }

  func product(_ a: ExactValue, _ b: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    try contract([a, b], at: site)
  }

  func scale(
    _ x: ExactValue, by factor: Monomial, _ runParameter: RunParameter?, at site: Site
  ) throws(LimitError) -> ExactValue {
    var (number, power) = (Rational.one, Rational.zero)
    if let runParameter {
      guard let (value, exponent) = parameters(runParameter) else {
        throw unsupported(site, "no rational number is known for \(runParameter)")
      }
      (number, power) = (value, exponent)
    }
    let isMultiplier = if case .multiplier? = runParameter { true } else { false }
    if !isMultiplier {
      guard let constant = Rational(exactly: factor.constant) else {
        throw unsupported(site, "a number is not rational")
      }
      number = number * constant
      for part in factor.powers {
        guard let value = part.dimension.size.coefficient.power(part.exponent) else {
          throw unsupported(site, "\(part.dimension.size)^\(part.exponent.parenthesized) is not rational")
        }
        number = number * value
      }
      power = power + factor.growth
    }
    return x.mapTerms { term in
      var term = term
      (term.number, term.power) = (term.number * number, term.power + power)
      return term
    }.settled
  }

  // MARK: - Along axes

  func pass(_ x: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    guard case .copies = program.instructions[site.index].role else {
      throw unsupported(site, "no rational limit of it is known here")
    }
    return try value(site.resultAxes) { index throws(LimitError) in x.entries[x.position(index)] }
  }

  func rename(_ x: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    guard
      let position = zip(site.operandAxes[0], site.resultAxes).enumerated().first(where: {
        $0.element.0 != $0.element.1
      })
    else { return x }
    let (from, to) = position.element
    var result = x.mapTerms { term in
      var term = term
      if let factor = term.factors.removeValue(forKey: from) { term.factors[to] = factor }
      if let entry = term.matrix {
        term.matrix = GaussianMatrixEntry(
          matrix: entry.matrix, rows: entry.rows == from ? to : entry.rows,
          columns: entry.columns == from ? to : entry.columns)
      }
      return term
    }
    result.axes = x.axes.map { $0 == from ? to : $0 }
    result.fixed = x.fixed.map { $0 == from ? to : $0 }
    return result
  }

  func select(_ x: ExactValue, along axis: Axis, at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "no rational limit of it is known here")
  }
  func gather(_ table: ExactValue, along axis: Axis, at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "no rational limit of it is known here")
  }
  func scatter(_ rows: ExactValue, along axis: Axis, at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "no rational limit of it is known here")
  }
  func softmax(_ x: ExactValue, over axes: [Axis], at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "it is no polynomial")
  }
  func logSumExp(_ x: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "it is no polynomial")
  }
  func matrixPower(_ matrix: ExactValue, _ x: ExactValue, power: Rational, at site: Site) throws(LimitError)
    -> ExactValue
  {
    throw unsupported(site, "it is no polynomial")
  }
  func eigenvectors(_ matrix: ExactValue, at site: Site) throws(LimitError) -> ExactValue {
    throw unsupported(site, "it is no polynomial")
  }

  func contract(_ operands: [ExactValue], at site: Site) throws(LimitError) -> ExactValue {
    let all = Set(operands.flatMap(\.axes))
    let summed = all.subtracting(site.resultAxes)
    let fixed = summed.filter { !grows($0) }.sorted()
    let growing = summed.filter(grows).sorted()
    return try value(site.resultAxes) { index throws(LimitError) in
      var sums: [ExactTerm] = []
      var inner = index
      for flat in 0..<fixed.reduce(1, { $0 * size($1) }) {
        var rest = flat
        for axis in fixed.reversed() {
          inner[axis] = rest % size(axis)
          rest /= size(axis)
        }
        let lists = operands.map { $0.entries[$0.position(inner)] }
        try multiply(lists[...], (ExactTerm(power: 0), []), growing, site, into: &sums)
      }
      return sums
    }
  }

  /// Adds to `sums` the products of one term of each list, each summed over growing axes.
  private func multiply(
    _ lists: ArraySlice<[ExactTerm]>, _ product: (ExactTerm, [GaussianMatrixEntry]), _ growing: [AxisID], _ site: Site,
    into sums: inout [ExactTerm]
  ) throws(LimitError) {
    guard let first = lists.first else {
      if let term = try sum(product.0, product.1, growing, site) { sums.append(contentsOf: term) }
      return
    }
    for term in first {
      var (made, matrices) = product
      made.power = made.power + term.power
      made.number = made.number * term.number
      // Along axes that are summed two polynomials need not be multiplied out: their mean is taken term by term.
      for (axis, polynomial) in term.factors {
        made.factors[axis] = made.factors[axis].map { $0 * polynomial } ?? polynomial
      }
      if let matrix = term.matrix { matrices.append(matrix) }
      try multiply(lists.dropFirst(), (made, matrices), growing, site, into: &sums)
    }
  }

  private func sum(_ product: ExactTerm, _ matrices: [GaussianMatrixEntry], _ growing: [AxisID], _ site: Site)
    throws(LimitError) -> [ExactTerm]?
  {
    var term = product
    var open = growing
    if matrices.count > 1 { throw unsupported(site, "a product of two random matrices") }
    if let entry = matrices.first {
      let (rows, columns) = (growing.contains(entry.rows), growing.contains(entry.columns))
      if rows && columns { throw unsupported(site, "a sum over all entries of a random matrix") }
      if !rows, !columns {
        guard open.isEmpty, term.factors.isEmpty else {
          throw unsupported(site, "a random matrix times a value entry by entry")
        }
        term.matrix = entry
        return [term]
      }
      let (from, to) = columns ? (entry.columns, entry.rows) : (entry.rows, entry.columns)
      open.removeAll { $0 == from }
      let x = term.factors.removeValue(forKey: from) ?? .constant(1)
      let made = apply(entry.matrix, sumsColumns: columns, to: x)
      term.power = term.power + axes[Int(from)].growth * .half
      guard axes[Int(from)].dimension.size.coefficient == 1 else {
        throw unsupported(site, "a growing axis that is not n itself")
      }
      term.factors[to] = term.factors[to].map { $0 * made } ?? made
    }
    for axis in open {
      let polynomial = term.factors.removeValue(forKey: axis) ?? .constant(1)
      let mean = moments.mean(polynomial)
      term.power = term.power + axes[Int(axis)].growth
      if mean.isZero {
        guard term.power < axes[Int(axis)].growth * .half || polynomial.isZero || !term.factors.isEmpty else {
          throw .random(value: name(site), reason: "it is a sum without a mean, of the size of its fluctuations")
        }
        return nil
      }
      term.number = term.number * mean * axes[Int(axis)].dimension.size.coefficient
    }
    return [term]
  }

  /// A matrix applied to a random variable, n^(1/2) apart: by linearity to each monomial.
  private func apply(_ matrix: Int, sumsColumns: Bool, to x: GaussianPolynomial) -> GaussianPolynomial {
    var result = GaussianPolynomial()
    let side = Side(matrix: matrix, sumsColumns: sumsColumns)
    let transposed = history[Side(matrix: matrix, sumsColumns: !sumsColumns)] ?? []
    for (monomial, coefficient) in x.terms.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      result.add(.generator(generator(side, monomial)), times: coefficient)
      for (source, generator) in transposed where monomial.contains(generator) {
        let slope = moments.meanDerivative(monomial, generator)
        result.add(.init([source: 1]), times: coefficient * slope * variances[matrix])
      }
    }
    return result
  }

  /// The Gaussian variable that a matrix makes of a monomial.
  private func generator(_ side: Side, _ monomial: GaussianMonomial) -> Int32 {
    let key = Application(side: side, monomial: monomial)
    if let known = applied[key] { return known }
    let variance = variances[side.matrix]
    var covariance: [Int32: Rational] = [:]
    for (other, g) in history[side] ?? [] { covariance[g] = variance * moments.mean((monomial + other).sorted()) }
    let made = moments.append(covariance, variance: variance * moments.mean((monomial + monomial).sorted()))
    applied[key] = made
    history[side, default: []].append((monomial, made))
    return made
  }
}

extension ExactValue {
  /// The same with terms that are zero left out.
  var settled: ExactValue {
    var result = self
    result.entries = entries.map { $0.filter { !$0.number.isZero } }
    return result
  }
}

package import Exact

/// What optimizers need that see a weight as a matrix, rows by columns.
extension OptimizerStep {
  /// The two sides of the weight as a matrix: rows and columns; of a weight that has only one of them (a gain, a table
  /// of positions) its growing axes and its fixed ones. Either may be empty.
  package var sides: (rows: [Axis], columns: [Axis]) {
    if !rows.isEmpty, !columns.isEmpty { return (rows, columns) }
    let all = weight.axes
    return (all.filter { !$0.growth.isZero }, all.filter(\.growth.isZero))
  }

  /// A running sum or mean of the matrix `x x^T` over x's axes other than `side`, as a state [side, copies of side];
  /// `next` makes it from what it was and the new matrix.
  package func secondMoment(
    _ name: String, of x: Value, along side: [Axis], next: (Value, Value) -> Value
  ) -> (before: Value, after: Value) {
    let columns = side.copies(1, beside: x.axes)
    let before = state(name, axes: side + columns)
    let after = next(before, outerSquare(x, along: side, side, columns))
    set(before, after)
    return (before, after)
  }
}

/// `x x^T`, summed over x's axes other than `side`, as [rows, columns].
package func outerSquare(_ x: Value, along side: [Axis], _ rows: [Axis], _ columns: [Axis]) -> Value {
  if rows == side { return contract([x, rename(x, side, to: columns)], to: rows + columns) }
  // Under other names, which x may bear itself: by way of names that nobody bears.
  let everything = x.axes + rows + columns
  let (first, second) = (side.copies(1, beside: everything), side.copies(2, beside: everything))
  let product = contract([rename(x, side, to: first), rename(x, side, to: second)], to: first + second)
  return rename(rename(product, first, to: rows), second, to: columns)
}

/// The same tensor under other names of some axes.
package func rename(_ x: Value, _ axes: [Axis], to others: [Axis]) -> Value {
  zip(axes, others).reduce(x) { $1.0 == $1.1 ? $0 : rename($0, $1.0, to: $1.1) }
}

extension [Axis] {
  /// Other indices of the same dimensions, the `number`-th of those that neither these nor `others` have.
  package func copies(_ number: Int, beside others: [Axis]) -> [Axis] {
    let step = (self + others).reduce(0) { Swift.max($0, $1.primes) } + 1
    return map { Axis($0.dimension, primes: $0.primes + number * step) }
  }
}

extension Monomial {
  /// `constant (out / in)^power` for the products of dimensions; a dimension on both sides drops out.
  package static func ratio(_ out: [Dimension], _ in: [Dimension], power: Rational, constant: Double = 1) -> Monomial {
    var powers: [(Dimension, Rational)] = []
    for (dimension, exponent) in out.map({ ($0, power) }) + `in`.map({ ($0, -power) }) {
      if let i = powers.firstIndex(where: { $0.0 == dimension }) {
        powers[i].1 += exponent
      } else {
        powers.append((dimension, exponent))
      }
    }
    return Monomial(constant, powers)
  }
}

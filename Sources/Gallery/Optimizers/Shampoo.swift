public import Exact
public import TensorPrograms

extension Optimizer {
  /// Shampoo with the powers 1/4 and 1/4 of its paper.
  public static let shampoo = Optimizer.shampoo()
  /// Shampoo with the powers 1/2 and 1/2 (2406.17748), without their factor for the trace.
  public static let shampooHalf = Optimizer.shampoo("Shampoo-half", left: .half, right: .half, defaultRate: 0.01)

  /// Shampoo (1802.09568): `L^-left G R^-right`, where L and R are the sums of `G G^T` and of `G^T G` so far.
  ///
  /// A weight of more than two axes is seen as a matrix, rows by columns. A gain or a bias has one such sum, to the
  /// power -(left + right). Damping is epsilon times the largest eigenvalue.
  public static func shampoo(
    _ name: String = "Shampoo", left: Rational = Rational(1, 4), right: Rational = Rational(1, 4),
    epsilon: Double = 1e-6, defaultRate: Double = 0.3
  ) -> Optimizer {
    Optimizer(
      name, defaultRate: defaultRate, summary: "L^-\(left.parenthesized) G R^-\(right.parenthesized)",
      sources: [.shampoo]
    ) { s in
      let (rows, columns) = s.sides
      let sides =
        rows.isEmpty || columns.isEmpty
        ? [("left", rows + columns, left + right)] : [("left", rows, left), ("right", columns, right)]
      let direction = sides.reduce(s.gradient) { direction, part in
        let (name, side, power) = part
        let total = s.secondMoment(name, of: s.gradient, along: side) { $0 + $1 }.after
        return matrixPower(total, direction, over: side, power: -power, epsilon: epsilon)
      }
      return s.weight - s.rated(direction)
    }
  }
}

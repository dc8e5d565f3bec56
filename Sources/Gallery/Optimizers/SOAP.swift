public import TensorPrograms

extension Optimizer {
  /// SOAP with eight eigenvectors on each side.
  public static let soap = Optimizer.soap()

  /// SOAP (2409.11321): Adam in the eigenbasis of Shampoo's matrices, here of their `rank` leading eigenvectors, so
  /// that what is normalized entry by entry does not grow with the width. What the gradient has outside of them is left
  /// out. They are computed anew at each step, from the gradients before it, so that the first step is none. A gain or
  /// a bias moves as with Adam.
  public static func soap(
    rank: Int = 8, beta1: Double = 0.95, beta2: Double = 0.95, epsilon: Double = 1e-8, threshold: Double = 1e-6
  ) -> Optimizer {
    let matrices = Optimizer("SOAP", defaultRate: 0.1) { s in
      let dimension = Dimension("eigenvectors", rank)
      let sides = [("left", s.sides.rows, Axis(dimension)), ("right", s.sides.columns, dimension.prime)]
      let bases = sides.map { name, side, count in
        let moment = s.secondMoment(name, of: s.gradient, along: side) { beta2 * $0 + (1 - beta2) * $1 }
        return eigenbasis(moment.before, rows: side, count: count, epsilon: threshold)
      }
      let seen = sides.map(\.2)
      let mean = s.remember("mean") { beta1 * $0 + (1 - beta1) * s.gradient }
      let square = s.remember("square", axes: seen) {
        beta2 * $0 + (1 - beta2) * map(.square, contract([s.gradient] + bases, to: seen))
      }
      let step =
        s.corrected(contract([mean] + bases, to: seen), beta1)
        / s.epsilon(map(.sqrt, s.corrected(square, beta2)), epsilon)
      return s.weight - s.rated(contract([step] + bases, to: s.gradient.axes))
    }
    return .perWeight(
      matrices.name, first: matrices, summary: "Adam in the leading eigenvectors of Shampoo's matrices",
      sources: [.soap]
    ) {
      $0.sides.rows.isEmpty || $0.sides.columns.isEmpty ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon) : matrices
    }
  }
}

import Exact
public import TensorPrograms

extension Optimizer {
  /// K-FAC with its usual constants.
  public static let kfac = Optimizer.kfac()

  /// K-FAC (1503.05671): `S^-1 G A^-1`, where A and S are running means over the examples of `x x^T` and
  /// `delta delta^T`; x is what the weight is multiplied with, delta the derivative of an example's loss in the result.
  ///
  /// The labels are those of the data, not drawn from the model. Damping is epsilon times the largest eigenvalue. A
  /// weight that is nowhere the matrix of a contraction (a gain, a bias, an embedding) moves as with Adam. Of a weight
  /// that is used both ways round, as an autoencoder's, the moments are those of the uses that are turned as the first.
  public static func kfac(beta: Double = 0.95, epsilon: Double = 1e-2) -> Optimizer {
    let matrices = Optimizer("K-FAC", defaultRate: 0.03) { s in
      let own = s.weight.axes
      guard let first = s.uses.first(where: \.isMatrix) else { return s.weight }
      let rows = first.rows(of: own)
      let uses = s.uses.filter { $0.isMatrix && $0.rows(of: own) == rows }
      let sides = [(name: "result", axes: rows), (name: "input", axes: own.filter { !rows.contains($0) })]
      let direction = sides.reduce(s.gradient) { direction, side in
        let isInput = side.name == "input"
        let columns = side.axes.copies(1, beside: own)
        let state = s.state(side.name, axes: side.axes + columns)
        let parts = uses.map { use in
          let (x, along) = isInput ? (use.inputs[0], use.columns) : (use.cotangent, use.rows)
          let positions = x.axes.filter { !along.contains($0) }.map(\.dimension)
          // The cotangent is that of the mean loss: an example's over their number.
          return scale(
            outerSquare(x, along: along, side.axes, columns), by: .product(positions, power: isInput ? -1 : 1))
        }
        let moment = beta * state + (1 - beta) * total(parts)
        s.set(state, moment)
        return matrixPower(
          s.corrected(moment, beta), direction, over: side.axes, power: -1, epsilon: epsilon)
      }
      return s.weight - s.rated(direction)
    }
    return .perWeight(
      matrices.name, first: matrices, summary: "inverse second moments of inputs and of cotangents", sources: [.kfac]
    ) { $0.uses.contains(where: \.isMatrix) ? matrices : .adam }
  }
}

extension OptimizerStep.Use {
  /// Whether this is a matrix times one thing: each axis of the weight is either summed over or new.
  var isMatrix: Bool {
    guard inputs.count == 1, !rows.isEmpty, !columns.isEmpty else { return false }
    return columns.allSatisfy(inputs[0].axes.contains) && !rows.contains(where: inputs[0].axes.contains)
      && rows.allSatisfy(cotangent.axes.contains)
  }

  /// The axes of the weight that are this use's rows.
  func rows(of weight: [Axis]) -> [Axis] { zip(weight, axes).filter { rows.contains($0.1) }.map(\.0) }
}

public import TensorPrograms

extension Optimizer {
  /// Adafactor: for a weight with rows and columns the means of squares are kept by row and by column only, and their
  /// product over the mean stands for that of each entry; updates are clipped by their root mean square.
  ///
  /// `scaled`: the step is relative to the root mean square of the weight, as published; else absolute.
  public static func adafactor(scaled: Bool = true) -> Optimizer {
    Optimizer(
      scaled ? "Adafactor" : "Adafactor-unscaled", defaultRate: scaled ? 0.05 : 0.004,
      summary: scaled
        ? "factored mean of squares; steps relative to the weight's size" : "factored mean of squares; absolute steps",
      sources: [
        Citation(
          "1804.04235", "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", "Shazeer, Stern", 2018)
      ]
    ) { s in
      let square = s.epsilon(map(.square, s.gradient), 1e-30)
      /// A mean that forgets as 1 - t^(-0.8), of the square over some axes.
      func remembered(_ name: String, over axes: [Axis]) -> Value {
        let seen = axes.isEmpty ? square : mean(square, over: axes)
        return s.remember(name, axes: seen.axes) { $0 + s.scheduled(seen - $0, power: -0.8) }
      }
      func inverseRoot(_ x: Value) -> Value { map(.reciprocal, map(.sqrt, x)) }
      let update: Value
      if s.columns.isEmpty || s.rows.isEmpty {
        update = s.gradient * inverseRoot(remembered("square", over: []))
      } else {
        let row = remembered("rows", over: s.columns)
        update = s.gradient * inverseRoot(row / mean(row)) * inverseRoot(remembered("columns", over: s.rows))
      }
      let clipped = update * map(.cap, rootMeanSquare(update))
      return s.weight
        - s.rated(scaled ? s.floored(rootMeanSquare(s.weight), at: 1e-3, part: "size") * clipped : clipped)
    }
  }
}

import Testing
import Widthwise

/// The optimizer of the note, written from outside with what is public.
@Test func anOptimizerOfOnesOwn() throws {
  let own = Optimizer("own", defaultRate: 0.002, summary: "the gradient over the root of a mean of squares") { s in
    let square = s.remember("square") { 0.99 * $0 + 0.01 * map(.square, s.gradient) }
    return s.weight - s.rated(s.gradient / s.epsilon(map(.sqrt, square), 1e-8) + s.decay)
  }
  let rules = try Architecture.mlp.program().maximalUpdate(optimizer: own)
  #expect(rules["layers.0"]?.rate == 0 && rules["layers.1"]?.rate == -1 && rules["readout"]?.rate == -1)
}

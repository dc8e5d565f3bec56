import Exact
import TensorPrograms

extension Architecture {
  /// An operator between functions: a branch reads a function at sensors, a trunk reads a place, and the value there is
  /// the product of the two, summed over as many terms as the width.
  public static let deepONet = Architecture(
    "deeponet", "operator network: a branch of a function's samples and a trunk of a place meet in a product",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer of either"),
      Option(name: "terms", kind: .size(.n), help: "terms of the product"),
      Option(name: "sensors", kind: .size(64), help: "places at which a function is known"),
      Option(name: "points", kind: .size(4), help: "places at which the result is asked for"),
      Option(name: "batch", kind: .size(16), help: "functions in a batch"),
    ],
    sources: [
      Citation(
        "1910.03193",
        "DeepONet: Learning nonlinear operators for identifying differential equations based on the universal "
          + "approximation theorem of operators", "Lu et al.", 2019)
    ]
  ) { p, s in
    let (batch, points) = (s.dimension("batch"), s.dimension("points"))
    func net(_ name: String, _ x: Value) -> Value {
      p.scope(name) {
        Dense("out", to: s.dimension("terms"))(tanh(Dense("in", to: s.dimension("hidden"), bias: true)(x)))
      }
    }
    let branch = net("branch", p.input("function", [batch, s.dimension("sensors")]))
    let trunk = tanh(net("trunk", p.input("place", [batch, points, .fixed("coordinates", 1)])))
    let value = multiplier(
      "scale", contract([branch, trunk], to: [Axis(batch), Axis(points)]),
      standard: Monomial(1, [(s.dimension("terms"), Rational(-1, 2))])
    ).named("value")
    p.minimize(meanSquaredError(value, p.input("target", [batch, points])).named("loss"))
  }
}

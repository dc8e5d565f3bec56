import Exact
import TensorPrograms

extension Architecture {
  /// An autoencoder whose decoder uses the encoder's weights, transposed.
  public static let autoencoder = Architecture(
    "autoencoder", "autoencoder with tied weights: the decoder's are the encoder's, transposed",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer"),
      Option(name: "depth", kind: .count(2), help: "layers of the encoder"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "10.1126/science.1127647", "Reducing the Dimensionality of Data with Neural Networks",
        "Hinton and Salakhutdinov", 2006)
    ]
  ) { p, s in
    let (hidden, features, batch) = (s.dimension("hidden"), s.dimension("features"), s.dimension("batch"))
    let input = p.input("features", [batch, features])
    guard s.count("depth") > 0 else { throw ProgramError.option("--depth 0: an autoencoder has at least one layer") }
    let first = p.weight(
      "layers.0", [Axis(hidden), Axis(features)], .gaussian(Monomial(1, [(features, Rational(-1, 2))])))
    var x = tanh(contract([input, first], to: [Axis(batch), Axis(hidden)]).named("layers.0.out"))
    var square: [Value] = []
    for layer in 1..<max(1, s.count("depth")) {
      let weight = p.weight(
        "layers.\(layer)", [hidden.prime, Axis(hidden)], .gaussian(Monomial(1, [(hidden, Rational(-1, 2))])))
      square.append(weight)
      let turned = contract([x, weight], to: [Axis(batch), hidden.prime])
      x = tanh(rename(turned, hidden.prime, to: Axis(hidden)).named("layers.\(layer).out"))
    }
    for (i, weight) in square.enumerated().reversed() {
      let turned = rename(x, Axis(hidden), to: hidden.prime)
      x = tanh(contract([turned, weight], to: [Axis(batch), Axis(hidden)]).named("layers.\(i + 1).back"))
    }
    let back = multiplier(
      "scale", contract([x, first], to: [Axis(batch), Axis(features)]),
      standard: Monomial(1, [(hidden, Rational(-1, 2)), (features, Rational(1, 2))]))
    p.minimize(meanSquaredError(back.named("reconstruction"), input).named("loss"))
  }
}

import Exact
import TensorPrograms

extension Architecture {
  /// A multilayer perceptron whose hidden weights do not have mean zero at initialization: each entry is a Gaussian
  /// plus a mean, and how the mean scales is free, as that of a multiplier.
  public static let shiftedInit = Architecture(
    "shifted-init", "multilayer perceptron with hidden weights of nonzero mean at initialization",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer"),
      Option(name: "depth", kind: .count(3), help: "hidden layers"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
      Option(name: "tanh", kind: .toggle, help: "tanh instead of ReLU"),
    ], sources: [Citation("2009.10685", "Tensor Programs III: Neural Matrix Laws", "Yang", 2020)]
  ) { p, s in
    let (batch, classes, hidden) = (s.dimension("batch"), s.dimension("classes"), s.dimension("hidden"))
    let activation: Nonlinearity = s.isOn("tanh") ? .tanh : .relu
    var x = map(activation, Dense("layers.0", to: hidden)(p.input("features", [batch, s.dimension("features")])))
    for layer in 1..<max(1, s.count("depth")) {
      let deviation = Monomial(1, [(hidden, Rational(-1, 2))])
      let weight = p.weight("layers.\(layer)", [hidden.prime, Axis(hidden)], .gaussian(deviation))
      // One number, the same for all entries; what is trained is the Gaussian part, which has the same gradient.
      let mean = multiplier(
        "layers.\(layer).mean", p.one(), standard: Monomial(0.1, [(hidden, Rational(-1, 2))]))
      let next = contract([x, weight + mean], to: [Axis(batch), hidden.prime])
      x = map(activation, rename(next, hidden.prime, to: Axis(hidden)).named("layers.\(layer).out"))
    }
    let logits = Dense("readout", to: classes)(x)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

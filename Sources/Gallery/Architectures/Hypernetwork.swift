import Exact
import TensorPrograms

extension Architecture {
  /// A static hypernetwork: the weights of all hidden layers are made by one network, from a learned embedding of each.
  public static let hypernetwork = Architecture(
    "hypernetwork", "network whose hidden weights another network generates",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer"),
      Option(name: "code", kind: .size(8), help: "hidden units of the network that generates"),
      Option(name: "embedding", kind: .size(8), help: "entries of the learned embedding of a layer"),
      Option(name: "depth", kind: .count(2), help: "hidden layers with a generated weight"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [Citation("1609.09106", "HyperNetworks", "Ha et al.", 2016)]
  ) { p, s in
    let (batch, classes, hidden) = (s.dimension("batch"), s.dimension("classes"), s.dimension("hidden"))
    let (code, embedding) = (s.dimension("code"), s.dimension("embedding"))
    let layers = Dimension("layers", max(1, s.count("depth")))
    var x = tanh(Dense("in", to: hidden)(p.input("features", [batch, s.dimension("features")])))
    let table = p.weight("embedding", [Axis(layers), Axis(embedding)], .gaussian(Monomial()))
    let coder = p.weight("code", [Axis(code), Axis(embedding)], .gaussian(Monomial(1, [(embedding, Rational(-1, 2))])))
    let deviation = Monomial(1, [(code, Rational(-1, 2)), (hidden, Rational(-1, 2))])
    let generator = p.weight("generator", [hidden.prime, Axis(hidden), Axis(code)], .gaussian(deviation))
    for (layer, row) in steps(of: table, along: Axis(layers)).enumerated() {
      let made = tanh(contract([row, coder], to: [Axis(code)]).named("code.\(layer)"))
      let weight = contract([generator, made], to: [hidden.prime, Axis(hidden)])
      let next = contract([x, weight], to: [Axis(batch), hidden.prime])
      x = tanh(rename(next, hidden.prime, to: Axis(hidden)).named("layers.\(layer).out"))
    }
    let logits = Dense("readout", to: classes)(x)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

public import TensorPrograms

extension Architecture {
  /// A multilayer perceptron, without biases unless asked for.
  public static let mlp = Architecture(
    "mlp", "multilayer perceptron for classification",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer"),
      Option(name: "depth", kind: .count(3), help: "hidden layers"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
      Option(name: "biases", kind: .toggle, help: "give every layer a bias"),
      Option(name: "relu", kind: .toggle, help: "ReLU instead of tanh"),
      Option(name: "zero-readout", kind: .toggle, help: "start the readout at zero"),
    ]
  ) { p, s in
    let classes = s.dimension("classes")
    let batch = s.dimension("batch")
    let biases = s.isOn("biases")
    let gain = s.isOn("relu") ? 2.0.squareRoot() : 1
    var x = p.input("features", [batch, s.dimension("features")])
    for layer in 0..<s.count("depth") {
      let next = Dense("layers.\(layer)", to: s.dimension("hidden"), bias: biases, gain: layer == 0 ? 1 : gain)(x)
      x = map(s.isOn("relu") ? .relu : .tanh, next)
    }
    let logits = Dense("readout", to: classes, bias: biases, zero: s.isOn("zero-readout"))(x)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

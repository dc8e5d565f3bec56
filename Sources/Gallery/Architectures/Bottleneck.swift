import TensorPrograms

extension Architecture {
  /// A multilayer perceptron that passes through a layer of a few units.
  public static let bottleneck = Architecture(
    "bottleneck", "wide, through a code of a few units, and wide again",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a wide layer"),
      Option(name: "code", kind: .size(8), help: "units of the narrow layer"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "10.1126/science.1127647", "Reducing the Dimensionality of Data with Neural Networks",
        "Hinton and Salakhutdinov", 2006)
    ]
  ) { p, s in
    let (hidden, code) = (s.dimension("hidden"), s.dimension("code"))
    let (classes, batch) = (s.dimension("classes"), s.dimension("batch"))
    let x = tanh(Dense("in", to: hidden)(p.input("features", [batch, s.dimension("features")])))
    let y = tanh(Dense("decode", to: hidden)(tanh(Dense("encode", to: code)(x))))
    let logits = Dense("readout", to: classes)(y)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

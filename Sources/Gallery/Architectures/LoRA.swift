import TensorPrograms

extension Architecture {
  /// Low-rank adaptation: every weight of a network is frozen, and beside each hidden one stands a product of two thin
  /// factors that are trained, the second of which starts at zero.
  public static let lora = Architecture(
    "lora", "a frozen network with trained low-rank factors beside its hidden weights",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a hidden layer"),
      Option(name: "rank", kind: .size(4), help: "rank of an adapter"),
      Option(name: "depth", kind: .count(2), help: "adapted layers"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [
      Citation("2106.09685", "LoRA: Low-Rank Adaptation of Large Language Models", "Hu et al.", 2021),
      Citation("2402.12354", "LoRA+: Efficient Low Rank Adaptation of Large Models", "Hayou et al.", 2024),
    ]
  ) { p, s in
    let (hidden, rank) = (s.dimension("hidden"), s.dimension("rank"))
    let (classes, batch) = (s.dimension("classes"), s.dimension("batch"))
    var x = tanh(Dense("in", to: hidden, frozen: true)(p.input("features", [batch, s.dimension("features")])))
    for layer in 0..<s.count("depth") {
      p.scope("layers.\(layer)") {
        let adapter = Dense("B", to: hidden, zero: true)(Dense("A", to: rank)(x))
        x = tanh((Dense("base", to: hidden, frozen: true)(x) + adapter).named("out"))
      }
    }
    let logits = Dense("readout", to: classes, frozen: true)(x)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

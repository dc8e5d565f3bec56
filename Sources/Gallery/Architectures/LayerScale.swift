import TensorPrograms

extension Architecture {
  /// Residual MLPs of which each branch is multiplied, unit by unit, by a trained gain that starts small.
  public static let layerScale = Architecture(
    "layerscale", "residual MLPs with a trained gain for each unit of a branch",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "hidden", kind: .size(4 * .n), help: "hidden units of a block"),
      Option(name: "depth", kind: .count(2), help: "blocks"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [Citation("2103.17239", "Going deeper with Image Transformers", "Touvron et al.", 2021)]
  ) { p, s in
    let (model, classes, batch) = (s.dimension("model"), s.dimension("classes"), s.dimension("batch"))
    var x = Dense("in", to: model)(p.input("features", [batch, s.dimension("features")]))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        let branch = MLP("mlp", hidden: s.dimension("hidden"))(LayerNorm("norm")(x))
        x = x + branch * p.weight("gain", [Axis(model)], .constant(0.1))
        p.name(x, "out")
      }
    }
    let logits = Dense("readout", to: classes)(LayerNorm("norm")(x))
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

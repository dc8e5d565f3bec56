import Exact
import TensorPrograms

extension Architecture {
  /// Residual MLPs whose branch is opened by one number for each example, a sigmoid of a sum over all units, like the
  /// halting unit of adaptive computation time.
  public static let scalarGate = Architecture(
    "scalar-gate", "residual MLPs behind a gate of one number",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "hidden", kind: .size(4 * .n), help: "hidden units of a block"),
      Option(name: "depth", kind: .count(2), help: "blocks"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [Citation("1603.08983", "Adaptive Computation Time for Recurrent Neural Networks", "Graves", 2016)]
  ) { p, s in
    let (model, classes, batch) = (s.dimension("model"), s.dimension("classes"), s.dimension("batch"))
    var x = Dense("in", to: model)(p.input("features", [batch, s.dimension("features")]))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        let normal = LayerNorm("norm")(x)
        let open = contract(
          [normal, p.weight("gate", [Axis(model)], .gaussian(.product([model], power: Rational(-1, 2))))],
          to: [Axis(batch)])
        let gate = sigmoid((open + p.weight("gate.bias", [], .zero)).named("gate.out"))
        x = x + gate * MLP("mlp", hidden: s.dimension("hidden"))(normal)
        p.name(x, "out")
      }
    }
    let logits = Dense("readout", to: classes)(LayerNorm("norm")(x))
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

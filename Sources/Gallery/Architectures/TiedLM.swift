import Exact
import TensorPrograms

extension Architecture {
  /// A next-token model without attention whose readout is the embedding's transpose.
  public static let tiedLM = Architecture(
    "tied-lm", "embedding, residual MLPs, and the embedding's transpose as readout",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "hidden", kind: .size(4 * .n), help: "hidden units of a block"),
      Option(name: "depth", kind: .count(1), help: "blocks"),
      Option(name: "sequence", kind: .size(16), help: "tokens of a sequence"),
      Option(name: "vocabulary", kind: .size(128), help: "different tokens"),
      Option(name: "batch", kind: .size(4), help: "sequences in a batch"),
    ],
    sources: [
      Citation("1608.05859", "Using the Output Embedding to Improve Language Models", "Press and Wolf", 2016)
    ]
  ) { p, s in
    let (model, vocabulary) = (s.dimension("model"), s.dimension("vocabulary"))
    let (batch, sequence) = (s.dimension("batch"), s.dimension("sequence"))
    let tokens = p.indices("tokens", [batch, sequence], below: vocabulary)
    var (x, table) = Embedding("embedding", to: model).look(tokens)
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        x = residual(x) { MLP("mlp", hidden: s.dimension("hidden"))(LayerNorm("norm")($0)) }
        p.name(x, "out")
      }
    }
    let logits = multiplier(
      "readout.scale",
      contract([LayerNorm("norm")(x), table], to: [Axis(batch), Axis(sequence), Axis(vocabulary)]),
      standard: Monomial(1, [(model, Rational(-1, 2))])
    ).named("readout.out")
    p.minimize(crossEntropy(logits, p.indices("next", [batch, sequence], below: vocabulary)).named("loss"))
  }
}

import Exact

extension Architecture {
  /// A decoder-only Transformer (GPT-2): pre-norm, learned positions, untied readout unless asked for.
  public static let gpt = Architecture(
    "gpt", "decoder-only Transformer: pre-norm, GELU, learned positions",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "heads", kind: .size(4), help: "attention heads"),
      Option(name: "head-size", kind: .size(.n / 4), help: "size of a head"),
      Option(name: "hidden", kind: .size(4 * .n), help: "hidden units of a block's MLP"),
      Option(name: "depth", kind: .count(2), help: "blocks"),
      Option(name: "sequence", kind: .size(16), help: "tokens of a sequence"),
      Option(name: "vocabulary", kind: .size(128), help: "different tokens"),
      Option(name: "batch", kind: .size(2), help: "sequences in a batch"),
      Option(name: "tied", kind: .toggle, help: "the readout is the embedding's transpose"),
      Option(name: "zero-readout", kind: .toggle, help: "start the readout at zero"),
    ],
    sources: [Citation("", "Language Models are Unsupervised Multitask Learners", "Radford et al.", 2019)]
  ) { p, s in
    let model = s.dimension("model")
    let vocabulary = s.dimension("vocabulary")
    let sequence = s.dimension("sequence")
    let batch = s.dimension("batch")
    let tokens = p.indices("tokens", [batch, sequence], below: vocabulary)
    let (embedded, table) = Embedding("embedding.token", to: model).look(tokens)
    var x = embedded + p.weight("embedding.position", [Axis(sequence), Axis(model)], .gaussian(Monomial()))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        let attention = Attention("attention", heads: s.dimension("heads"), head: s.dimension("head", "head-size"))
        x = residual(x) { attention(LayerNorm("norm1")($0)) }
        x = residual(x) { MLP("mlp", hidden: s.dimension("hidden"))(LayerNorm("norm2")($0)) }
        p.name(x, "out")
      }
    }
    x = LayerNorm("norm")(x)
    let logits =
      s.isOn("tied")
      ? multiplier(
        "readout.scale", contract([x, table], to: [Axis(batch), Axis(sequence), Axis(vocabulary)]),
        standard: Monomial(1, [(model, Rational(-1, 2))])
      ).named("readout.out")
      : Dense("readout", to: vocabulary, zero: s.isOn("zero-readout"))(x)
    p.minimize(crossEntropy(logits, p.indices("next", [batch, sequence], below: vocabulary)).named("loss"))
  }
}

import TensorPrograms

extension Architecture {
  /// BERT: an encoder that sees both directions, post-norm, trained to fill in masked tokens. The prediction of the
  /// next sentence is left out.
  public static let bert = Architecture(
    "bert", "encoder for masked tokens: post-norm, GELU, biases, learned positions and segments, tied readout",
    options: .transformer() + .text() + [
      Option(name: "masked", kind: .size(4), help: "masked tokens of a sequence")
    ],
    sources: [
      Citation(
        "1810.04805", "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        "Devlin et al.", 2018)
    ],
    published: [("base", "110M", 12, 768, 12), ("large", "340M", 24, 1024, 16)].map {
      size, parameters, depth, model, heads in
      PublishedModel(
        "BERT \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "64", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "512", "vocabulary": "30522",
        ],
        training: [
          "parameters": parameters, "learning rate": "1e-4", "batch": "256 sequences", "warm-up": "10000 steps",
          "optimizer": "Adam, betas 0.9, 0.999, weight decay 0.01",
        ], place: "section 3, appendix A.2; vocabulary from the released models")
    }
  ) { p, s in
    let model = s.dimension("model")
    let vocabulary = s.dimension("vocabulary")
    let sequence = s.dimension("sequence")
    let batch = s.dimension("batch")
    let masked = s.dimension("masked")
    let (words, table) = Embedding("embedding.token", to: model).look(
      p.indices("tokens", [batch, sequence], below: vocabulary))
    let segments = Embedding("embedding.segment", to: model)(
      p.indices("segments", [batch, sequence], below: Dimension("segment", 2)))
    let positions = p.weight("embedding.position", [Axis(sequence), Axis(model)], .gaussian(Monomial()))
    var attention = Attention("attention", heads: s.heads, head: s.head, causal: false)
    attention.hasBiases = true
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), bias: true)
    let block = TransformerBlock(attention: attention, norm: .layer(bias: true), order: .post) { mlp($0) }
    let x = blocks("blocks", s.count("depth"), block.norm("embedding.norm", words + positions + segments)) { block($0) }
    // The head works at the masked places only.
    let chosen = gather(x, p.indices("places", [batch, masked], below: sequence), along: Axis(sequence))
    let head = block.norm("head.norm", gelu(Dense("head.dense", to: model, bias: true)(chosen)))
    let logits = tiedReadout(head, table) + p.weight("readout.bias", [Axis(vocabulary)], .zero)
    p.minimize(crossEntropy(logits, p.labels("label", [batch, masked], below: vocabulary)).named("loss"))
  }
}

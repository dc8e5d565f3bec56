import TensorPrograms

extension Architecture {
  /// The Transformer for translation: post-norm, fixed sinusoids for positions, one table for both embeddings and the
  /// readout. (The source multiplies embeddings by sqrt(model) and starts them at 1/sqrt(model): the same network.)
  public static let transformer = Architecture(
    "transformer", "encoder and decoder for translation: post-norm, ReLU, sinusoidal positions, tied embeddings",
    options: .transformer() + .translation(),
    sources: [Citation("1706.03762", "Attention Is All You Need", "Vaswani et al.", 2017)],
    published: [("base", "65M", 512, 8, 2048), ("big", "213M", 1024, 16, 4096)].map {
      size, parameters, model, heads, hidden in
      PublishedModel(
        "Transformer (\(size))",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "64", "hidden": "\(hidden)", "depth": "6",
          "vocabulary": "37000",
        ],
        training: [
          "parameters": parameters, "batch": "25000 source and 25000 target tokens", "warm-up": "4000 steps",
          "learning rate": "model^-0.5 min(step^-0.5, step warm-up^-1.5)",
          "optimizer": "Adam, betas 0.9, 0.98, epsilon 1e-9",
        ], place: "table 3, sections 5.1 and 5.3")
    }
  ) { p, s in
    let model = s.dimension("model")
    let vocabulary = s.dimension("vocabulary")
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), .relu, bias: true)
    let encoder = TransformerBlock(
      attention: Attention("attention", heads: s.heads, head: s.head, causal: false), norm: .layer(bias: true),
      order: .post
    ) { mlp($0) }
    var decoder = encoder
    decoder.attention.isCausal = true
    decoder.cross = Attention("cross", heads: s.heads, head: s.head, causal: false)

    let (source, table) = Embedding("embedding", to: model).look(s.tokens(p, "source"))
    func placed(_ x: Value) -> Value { x + p.constant(.sinusoids, [x.axes[1], Axis(model)]) }
    let read = p.scope("encoder") { blocks("blocks", s.count("depth"), placed(source)) { encoder($0) } }
    let target = gather(table, s.tokens(p, "target"), along: Axis(vocabulary)).named("embedding.target")
    let x = p.scope("decoder") { blocks("blocks", s.count("depth"), placed(target)) { decoder($0, over: read) } }
    p.minimize(crossEntropy(tiedReadout(x, table), s.tokens(p, "next", of: "target")).named("loss"))
  }
}

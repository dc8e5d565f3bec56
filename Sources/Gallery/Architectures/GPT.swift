import TensorPrograms

extension Architecture {
  /// A decoder-only Transformer (GPT-2): pre-norm, learned positions, untied readout unless asked for.
  public static let gpt = Architecture(
    "gpt", "decoder-only Transformer: pre-norm, GELU, learned positions",
    options: .transformer(depth: 2) + .text(sequence: 16) + .tied + [
      Option(name: "biases", kind: .toggle, help: "give every dense layer a bias"),
      Option(name: "qk-norm", kind: .toggle, help: "normalize queries and keys"),
      Option(name: "zero-readout", kind: .toggle, help: "start the readout at zero"),
    ],
    sources: [.gpt2],
    published: [
      ("117M", 768, 12), ("345M", 1024, 24), ("762M", 1280, 36), ("1542M", 1600, 48),
    ].map { size, model, depth in
      PublishedModel(
        "GPT-2 \(size)",
        settings: [
          "model": "\(model)", "heads": "\(model / 64)", "head-size": "64", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "1024", "vocabulary": "50257", "tied": "true", "biases": "true",
        ],
        training: ["parameters": size, "batch": "512"], place: "section 2.3, table 2")
    }
  ) { p, s in
    var attention = Attention("attention", heads: s.heads, head: s.head)
    (attention.hasBiases, attention.normalizesQueries) = (s.isOn("biases"), s.isOn("qk-norm"))
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), bias: s.isOn("biases"))
    languageModel(
      p, s, TransformerBlock(attention: attention, norm: .layer(bias: true)) { mlp($0) }, learnsPositions: true,
      isTied: s.isOn("tied"), startsAtZero: s.isOn("zero-readout"))
  }
}

extension Citation {
  static let gpt2 = Citation("", "Language Models are Unsupervised Multitask Learners", "Radford et al.", 2019)
}

import TensorPrograms

extension Architecture {
  /// OPT: the shape of GPT-3 with ReLU.
  public static let opt = Architecture(
    "opt", "decoder-only Transformer: pre-norm, ReLU, biases, learned positions, tied readout",
    options: .transformer() + .text(),
    sources: [Citation("2205.01068", "OPT: Open Pre-trained Transformer Language Models", "Zhang et al.", 2022)],
    published: [
      ("125M", 12, 12, 768, "6.0e-4", "0.5M"), ("1.3B", 24, 32, 2048, "2.0e-4", "1M"),
      ("2.7B", 32, 32, 2560, "1.6e-4", "1M"), ("6.7B", 32, 32, 4096, "1.2e-4", "2M"),
      ("13B", 40, 40, 5120, "1.0e-4", "4M"), ("30B", 48, 56, 7168, "1.0e-4", "4M"),
      ("66B", 64, 72, 9216, "0.8e-4", "2M"), ("175B", 96, 96, 12288, "1.2e-4", "2M"),
    ].map { size, depth, heads, model, rate, batch in
      PublishedModel(
        "OPT-\(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "\(model / heads)", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "2048", "vocabulary": "50272",
        ],
        training: [
          "parameters": size, "learning rate": rate, "batch": "\(batch) tokens",
          "optimizer": "AdamW, betas 0.9, 0.95, weight decay 0.1",
        ], place: "table 1, section 2.2")
    }
  ) { p, s in
    var attention = Attention("attention", heads: s.heads, head: s.head)
    (attention.hasBiases, attention.gain) = (true, s.branchGain)
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), .relu, bias: true, gain: s.branchGain)
    languageModel(
      p, s, TransformerBlock(attention: attention, norm: .layer(bias: true)) { mlp($0) }, learnsPositions: true,
      isTied: true)
  }
}

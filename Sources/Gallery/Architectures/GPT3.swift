import TensorPrograms

extension Architecture {
  /// GPT-3: GPT-2 with biases and a tied readout. The band of every second layer's attention is left out: it has a
  /// fixed width, so that nothing of what is derived depends on it.
  public static let gpt3 = Architecture(
    "gpt-3", "decoder-only Transformer: pre-norm, GELU, biases, learned positions, tied readout",
    options: .transformer() + .text(),
    sources: [Citation("2005.14165", "Language Models are Few-Shot Learners", "Brown et al.", 2020), .gpt2],
    published: [
      ("125M", 12, 768, 12, 64, "0.5M", "6.0e-4"), ("350M", 24, 1024, 16, 64, "0.5M", "3.0e-4"),
      ("760M", 24, 1536, 16, 96, "0.5M", "2.5e-4"), ("2.7B", 32, 2560, 32, 80, "1M", "1.6e-4"),
      ("6.7B", 32, 4096, 32, 128, "2M", "1.2e-4"), ("175.0B", 96, 12288, 96, 128, "3.2M", "0.6e-4"),
    ].map { size, depth, model, heads, head, batch, rate in
      PublishedModel(
        "GPT-3 \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "\(head)", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "2048", "vocabulary": "50257",
        ],
        training: [
          "parameters": size, "batch": "\(batch) tokens", "learning rate": rate, "warm-up": "375M tokens",
          "optimizer": "Adam, betas 0.9, 0.95, epsilon 1e-8, weight decay 0.1", "clipping": "global norm 1.0",
        ], place: "table 2.1, appendix B")
    }
  ) { p, s in languageModel(p, s, .gpt3(s), learnsPositions: true, isTied: true) }
}

extension TransformerBlock {
  /// Pre-norm, GELU, biases, branches that start smaller the more of them there are.
  static func gpt3(_ s: Architecture.Settings) -> TransformerBlock {
    var attention = Attention("attention", heads: s.heads, head: s.head)
    (attention.hasBiases, attention.gain) = (true, s.branchGain)
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), bias: true, gain: s.branchGain)
    return TransformerBlock(attention: attention, norm: .layer(bias: true)) { mlp($0) }
  }
}

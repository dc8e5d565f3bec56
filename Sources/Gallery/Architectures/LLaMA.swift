import TensorPrograms

extension Architecture {
  /// LLaMA: RMSNorm, SwiGLU, rotary positions, no biases, a readout of its own.
  public static let llama = Architecture(
    "llama", "decoder-only Transformer: RMSNorm, SwiGLU, rotary positions, untied readout",
    options: .transformer(hidden: 3 * .n) + .text(),
    sources: [Citation("2302.13971", "LLaMA: Open and Efficient Foundation Language Models", "Touvron et al.", 2023)],
    published: [
      ("6.7B", 4096, 32, 32, 11008, "3.0e-4"), ("13.0B", 5120, 40, 40, 13824, "3.0e-4"),
      ("32.5B", 6656, 52, 60, 17920, "1.5e-4"), ("65.2B", 8192, 64, 80, 22016, "1.5e-4"),
    ].map { size, model, heads, depth, hidden, rate in
      PublishedModel(
        "LLaMA \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "128", "hidden": "\(hidden)", "depth": "\(depth)",
          "sequence": "2048", "vocabulary": "32000",
        ],
        training: [
          "parameters": size, "learning rate": rate, "batch": "4M tokens", "warm-up": "2000 steps",
          "optimizer": "AdamW, betas 0.9, 0.95, weight decay 0.1", "clipping": "1.0",
        ], place: "table 2, section 2.3; hidden sizes from the released models")
    }
  ) { p, s in languageModel(p, s, .llama(s, Attention("attention", heads: s.heads, head: s.head))) }

  /// LLaMA 2: the same, with grouped queries in the larger ones.
  public static let llama2 = Architecture(
    "llama-2", "LLaMA with grouped-query attention",
    options: [
      Option(name: "groups", kind: .size(2), help: "groups of heads that share keys and values")
    ] + .transformer(heads: 2, hidden: 3 * .n, headsHelp: "query heads of a group") + .text(),
    sources: [
      Citation("2307.09288", "Llama 2: Open Foundation and Fine-Tuned Chat Models", "Touvron et al.", 2023),
      Citation(
        "2305.13245", "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints",
        "Ainslie et al.", 2023),
    ],
    published: [
      ("7B", 4096, 32, 1, 32, 11008, "3.0e-4"), ("13B", 5120, 40, 1, 40, 13824, "3.0e-4"),
      ("70B", 8192, 8, 8, 80, 28672, "1.5e-4"),
    ].map { size, model, groups, heads, depth, hidden, rate in
      PublishedModel(
        "Llama 2 \(size)",
        settings: [
          "model": "\(model)", "groups": "\(groups)", "heads": "\(heads)", "head-size": "128",
          "hidden": "\(hidden)", "depth": "\(depth)", "sequence": "4096", "vocabulary": "32000",
        ],
        training: [
          "parameters": size, "learning rate": rate, "batch": "4M tokens", "warm-up": "2000 steps",
          "optimizer": "AdamW, betas 0.9, 0.95, epsilon 1e-5, weight decay 0.1", "clipping": "1.0",
        ], place: "table 1, section 2.2; sizes from the released models")
    }
  ) { p, s in
    languageModel(
      p, s, .llama(s, Attention("attention", heads: s.dimension("groups"), queries: s.heads, head: s.head)))
  }
}

extension TransformerBlock {
  static func llama(_ s: Architecture.Settings, _ attention: Attention) -> TransformerBlock {
    var attention = attention
    attention.position = .rotary(base: 10000)
    let glu = GLU("mlp", hidden: s.dimension("hidden"))
    return TransformerBlock(attention: attention, norm: .rms) { glu($0) }
  }
}

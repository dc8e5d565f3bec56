import TensorPrograms

extension Architecture {
  /// Gopher: RMSNorm, positions relative as in Transformer-XL. Its readout is taken to be tied.
  public static let gopher = Architecture(
    "gopher", "decoder-only Transformer: RMSNorm, relative positions of Transformer-XL, tied readout",
    options: .transformer() + .text(),
    sources: [
      Citation(
        "2112.11446", "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", "Rae et al.", 2021),
      .transformerXL,
    ],
    published: [
      ("44M", 8, 16, 32, 512, "6e-4", "0.25M"), ("117M", 12, 12, 64, 768, "6e-4", "0.25M"),
      ("417M", 12, 12, 128, 1536, "2e-4", "0.25M"), ("1.4B", 24, 16, 128, 2048, "2e-4", "0.25M"),
      ("7.1B", 32, 32, 128, 4096, "1.2e-4", "2M"), ("280B", 80, 128, 128, 16384, "4e-5", "3M to 6M"),
    ].map { size, depth, heads, head, model, rate, batch in
      .gopher("Gopher \(size)", size, depth, heads, head, model, rate, batch, "Adam", "table 1")
    }
  ) { p, s in languageModel(p, s, .gopher(s), isTied: true) }

  /// Chinchilla: Gopher's architecture, smaller, on more text.
  public static let chinchilla = Architecture(
    "chinchilla", "Gopher's architecture, trained with AdamW",
    options: .transformer() + .text(),
    sources: [
      Citation("2203.15556", "Training Compute-Optimal Large Language Models", "Hoffmann et al.", 2022),
      .transformerXL,
    ],
    published: [
      .gopher("Chinchilla 70B", "70B", 80, 64, 128, 8192, "1e-4", "1.5M to 3M", "AdamW", "table 4")
    ]
  ) { p, s in languageModel(p, s, .gopher(s), isTied: true) }
}

extension Citation {
  static let transformerXL = Citation(
    "1901.02860", "Transformer-XL: Attentive Language Models Beyond a Fixed-Length Context", "Dai et al.", 2019)
}

extension PublishedModel {
  fileprivate static func gopher(
    _ name: String, _ parameters: String, _ depth: Int, _ heads: Int, _ head: Int, _ model: Int, _ rate: String,
    _ batch: String, _ optimizer: String, _ place: String
  ) -> PublishedModel {
    PublishedModel(
      name,
      settings: [
        "model": "\(model)", "heads": "\(heads)", "head-size": "\(head)", "hidden": "\(4 * model)",
        "depth": "\(depth)", "sequence": "2048", "vocabulary": "32000",
      ],
      training: [
        "parameters": parameters, "learning rate": rate, "batch": "\(batch) tokens", "optimizer": optimizer,
      ], place: place)
  }
}

extension TransformerBlock {
  static func gopher(_ s: Architecture.Settings) -> TransformerBlock {
    var attention = Attention("attention", heads: s.heads, head: s.head)
    attention.position = .relative
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), bias: true)
    return TransformerBlock(attention: attention, norm: .rms) { mlp($0) }
  }
}

import TensorPrograms

extension Architecture {
  /// PaLM: parallel branches, one set of keys and values for all heads, SwiGLU, rotary positions, tied readout, no
  /// biases.
  public static let palm = Architecture(
    "palm", "decoder-only Transformer: parallel blocks, multi-query attention, SwiGLU, rotary positions, tied readout",
    options: .transformer() + .text(),
    sources: [
      Citation("2204.02311", "PaLM: Scaling Language Modeling with Pathways", "Chowdhery et al.", 2022),
      Citation("1911.02150", "Fast Transformer Decoding: One Write-Head is All You Need", "Shazeer", 2019),
    ],
    published: [
      ("8B", "8.63B", 32, 16, 4096, "256 to 512"), ("62B", "62.50B", 64, 32, 8192, "128 to 512"),
      ("540B", "540.35B", 118, 48, 18432, "512 to 2048"),
    ].map { size, parameters, depth, heads, model, batch in
      PublishedModel(
        "PaLM \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "256", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "2048", "vocabulary": "256000",
        ],
        training: [
          "parameters": parameters, "batch": "\(batch) sequences",
          "learning rate": "1e-2 for 10000 steps, then 1/sqrt(step)",
          "optimizer": "Adafactor without factorization, beta1 0.9, beta2 1 - step^-0.8",
          "clipping": "global norm 1.0",
        ], place: "table 1, section 5")
    }
  ) { p, s in
    var attention = Attention("attention", heads: nil, queries: s.heads, head: s.head)
    attention.position = .rotary(base: 10000)
    let glu = GLU("mlp", hidden: s.dimension("hidden"))
    let block = TransformerBlock(attention: attention, norm: .layer(bias: false), order: .parallel) { glu($0) }
    languageModel(p, s, block, isTied: true)
  }
}

import TensorPrograms

extension Architecture {
  /// Megatron-LM's GPT-2: pre-norm, biases, branches that start at 1/sqrt(2 depth), tied readout.
  public static let megatron = Architecture(
    "megatron-lm", "decoder-only Transformer of Megatron-LM: GPT-2 with tied readout and smaller branches",
    options: .transformer() + .text(),
    sources: [
      Citation(
        "1909.08053", "Megatron-LM: Training Multi-Billion Parameter Language Models Using Model Parallelism",
        "Shoeybi et al.", 2019), .gpt2,
    ],
    published: [
      ("355M", 24, 1024, 16), ("2.5B", 54, 1920, 20), ("8.3B", 72, 3072, 24),
    ].map { size, depth, model, heads in
      PublishedModel(
        "Megatron-LM GPT-2 \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "\(model / heads)", "hidden": "\(4 * model)",
          "depth": "\(depth)", "sequence": "1024", "vocabulary": "51200",
        ],
        training: [
          "parameters": size, "learning rate": "1.5e-4", "batch": "512 sequences", "warm-up": "3000 steps",
          "optimizer": "Adam, weight decay 0.01", "clipping": "global norm 1.0",
        ], place: "table 2, section 4.2")
    }
  ) { p, s in languageModel(p, s, .gpt3(s), learnsPositions: true, isTied: true) }
}

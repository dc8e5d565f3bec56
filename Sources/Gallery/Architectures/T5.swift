import TensorPrograms

extension Architecture {
  /// T5: an encoder and a decoder with RMSNorm and biases of logits by distance, no other biases. Attention has no
  /// scale: the query's initialization bears it.
  public static let t5 = Architecture(
    "t5", "encoder and decoder: RMSNorm, relative position biases, no attention scale, tied readout",
    options: .transformer() + .translation() + [
      Option(name: "buckets", kind: .count(8), help: "buckets of distances"),
      Option(name: "farthest", kind: .count(16), help: "distance from which all are in one bucket"),
      Option(name: "untied", kind: .toggle, help: "a readout of its own"),
    ],
    sources: [
      Citation(
        "1910.10683", "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
        "Raffel et al.", 2019)
    ],
    published: [
      ("Small", "60M", 512, 2048, 64, 8, 6), ("Base", "220M", 768, 3072, 64, 12, 12),
      ("Large", "770M", 1024, 4096, 64, 16, 24), ("3B", "2.8B", 1024, 16384, 128, 32, 24),
      ("11B", "11B", 1024, 65536, 128, 128, 24),
    ].map { size, parameters, model, hidden, head, heads, depth in
      PublishedModel(
        "T5 \(size)",
        settings: [
          "model": "\(model)", "heads": "\(heads)", "head-size": "\(head)", "hidden": "\(hidden)",
          "depth": "\(depth)", "source": "512", "target": "512", "vocabulary": "32128", "buckets": "32",
          "farthest": "128",
        ],
        training: [
          "parameters": parameters, "learning rate": "1/sqrt(max(step, 10^4))", "optimizer": "Adafactor",
          "warm-up": "10000 steps",
        ], place: "sections 2.1, 3.1.2 and 3.7; vocabulary from the released models")
    }
  ) { p, s in
    let model = s.dimension("model")
    let vocabulary = s.dimension("vocabulary")
    func attention(_ name: String, causal: Bool = false) -> Attention {
      var attention = Attention(name, heads: s.heads, head: s.head, causal: causal)
      attention.isScaled = false
      return attention
    }
    let mlp = MLP("mlp", hidden: s.dimension("hidden"), .relu)
    let encoder = TransformerBlock(attention: attention("attention"), norm: .rms) { mlp($0) }
    let decoder = TransformerBlock(
      attention: attention("attention", causal: true), cross: attention("cross"), norm: .rms
    ) { mlp($0) }
    func side(_ name: String, _ block: TransformerBlock, _ x: Value, over memory: Value? = nil) -> Value {
      p.scope(name) {
        let sequence = x.axes[1]
        let bias = RelativeBias(
          "bias", heads: s.heads, buckets: s.count("buckets"), farthest: Double(s.count("farthest")),
          causal: block.attention.isCausal)(p, between: sequence, Axis(sequence.dimension, primes: 1))
        return block.norm("norm", blocks("blocks", s.count("depth"), x) { block($0, over: memory, bias: bias) })
      }
    }

    let (source, table) = Embedding("embedding", to: model).look(s.tokens(p, "source"))
    let read = side("encoder", encoder, source)
    let written = gather(table, s.tokens(p, "target"), along: Axis(vocabulary)).named("embedding.target")
    let x = side("decoder", decoder, written, over: read)
    let logits = s.isOn("untied") ? Dense("readout", to: vocabulary)(x) : tiedReadout(x, table)
    p.minimize(crossEntropy(logits, s.tokens(p, "next", of: "target")).named("loss"))
  }
}

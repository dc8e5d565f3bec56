import Exact
import TensorPrograms

extension Architecture {
  /// A Transformer over the patches of an image, which all attend to all; the readout sees their mean.
  public static let vit = Architecture(
    "vit", "vision Transformer: attention between the patches of an image, whose mean is read out",
    options: .transformer() + [
      Option(name: "image", kind: .size(8), help: "rows and columns of an image"),
      Option(name: "patch", kind: .count(2), help: "rows and columns of a patch"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(4), help: "images in a batch"),
    ],
    sources: [
      Citation(
        "2010.11929", "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
        "Dosovitskiy et al.", 2020),
      Citation("2205.01580", "Better plain ViT baselines for ImageNet-1k", "Beyer et al.", 2022),
    ]
  ) { p, s in
    let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
    let image = p.input("image", [batch, s.dimension("rows", "image"), s.dimension("columns", "image")])
    let windows = patches(of: image, window: s.count("patch"), stride: s.count("patch"), padding: 0)
    let model = s.dimension("model")
    let places = Array(windows.axes[1..<3])
    let pixels = Array(windows.axes[3...])
    let kernel = p.weight(
      "embedding.patch", [Axis(model)] + pixels,
      .gaussian(Monomial(1, pixels.map { ($0.dimension, Rational(-1, 2)) })))
    var x = contract([windows, kernel], to: [Axis(batch)] + places + [Axis(model)])
    x = (x + p.weight("embedding.position", places + [Axis(model)], .gaussian(Monomial()))).named("embedding.out")
    x = blocks("blocks", s.count("depth"), x) { x in
      let attended = x + attention(LayerNorm("norm1")(x), places: places, heads: s.heads, head: s.head)
      return residual(attended) { MLP("mlp", hidden: s.dimension("hidden"))(LayerNorm("norm2")($0)) }.named("out")
    }
    let pooled = mean(LayerNorm("norm")(x), over: places).named("pooled")
    p.minimize(
      crossEntropy(Dense("readout", to: classes)(pooled), p.labels("label", [batch], below: classes)).named("loss"))
  }

  /// Attention between places along two axes.
  private static func attention(_ x: Value, places: [Axis], heads: Dimension, head: Dimension) -> Value {
    guard let model = x.axes.last?.dimension, let batch = x.axes.first else { return x }
    return x.recorder.scope("attention") {
      let others = places.map { Axis($0.dimension, primes: 1) }
      func moved(_ y: Value) -> Value { zip(places, others).reduce(y) { rename($0, $1.0, to: $1.1) } }
      let query = Dense("query", to: heads, head)(x)
      let (key, value) = (moved(Dense("key", to: heads, head)(x)), moved(Dense("value", to: heads, head)(x)))
      let logits = multiplier(
        "scale", contract([query, key], to: [batch, Axis(heads)] + places + others),
        standard: Monomial(1, [(head, Rational(-1, 2))])
      ).named("logits")
      let mixed = contract([softmax(logits, over: others), value], to: [batch] + places + [Axis(heads), Axis(head)])
      return Dense("out", to: model, over: [heads, head])(mixed.named("mixed"))
    }
  }
}

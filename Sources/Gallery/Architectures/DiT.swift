import Exact
import TensorPrograms

extension Architecture {
  /// Blocks of a Transformer that a condition modulates: shifts, scales and gates of both branches come from one map of the
  /// condition, which starts at zero as the readout does, so that every block starts as the identity.
  public static let dit = Architecture(
    "dit", "diffusion Transformer: shifts, scales and gates from the condition, which start at zero (adaLN-Zero)",
    options: .transformer() + [
      Option(name: "sequence", kind: .size(4), help: "patches of a noisy image"),
      Option(name: "pixels", kind: .size(16), help: "numbers of a patch"),
      Option(name: "conditions", kind: .size(16), help: "numbers of a condition: a time, a class"),
      Option(name: "batch", kind: .size(4), help: "images in a batch"),
    ],
    sources: [Citation("2212.09748", "Scalable Diffusion Models with Transformers", "Peebles and Xie", 2022)]
  ) { p, s in
    let (batch, model, pixels) = (s.dimension("batch"), s.dimension("model"), s.dimension("pixels"))
    let axes = [batch, s.dimension("sequence"), pixels]
    let condition = silu(
      Dense("embedding.condition", to: model)(p.input("condition", [batch, s.dimension("conditions")])))
    var x = Dense("embedding.patch", to: model)(p.input("noisy", axes))
    x = x + p.weight("embedding.position", [Axis(s.dimension("sequence")), Axis(model)], .gaussian(Monomial()))
    /// `count` vectors of the model's size, in one map.
    func modulation(_ name: String, _ count: Int) -> [Value] {
      let whole = Dimension("modulation\(count)", growing: Rational(count) * model.size)
      let parts = [Dimension](repeating: model, count: count)
      let made = Dense(name, to: whole, bias: true, zero: true)(condition)
      return (0..<count).map { slice(made, $0, of: parts, along: Axis(whole)) }
    }
    func modulated(_ x: Value, shift: Value, scale: Value) -> Value {
      let normal = LayerNorm("", affine: [])(x)
      return normal + normal * scale + shift
    }
    x = blocks("blocks", s.count("depth"), x) { x in
      let m = modulation("modulation", 6)
      let attention = Attention("attention", heads: s.heads, head: s.head, causal: false)
      let attended = x + m[2] * attention(modulated(x, shift: m[0], scale: m[1]))
      let mlp = MLP("mlp", hidden: s.dimension("hidden"))
      return (attended + m[5] * mlp(modulated(attended, shift: m[3], scale: m[4]))).named("out")
    }
    let m = modulation("modulation", 2)
    let noise = Dense("readout", to: pixels, zero: true)(modulated(x, shift: m[0], scale: m[1]))
    p.minimize(meanSquaredError(noise, p.input("noise", axes)).named("loss"))
  }
}

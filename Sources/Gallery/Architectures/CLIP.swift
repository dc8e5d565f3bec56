import Exact
import TensorPrograms

extension Architecture {
  /// Two towers whose outputs, normalized, are to be alike for the two sides of a pair and unlike for others; how sharply
  /// they are compared is a trained number.
  public static let clip = Architecture(
    "clip", "two towers compared by a contrastive loss with a trained temperature",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "units of a tower's hidden layer"),
      Option(name: "shared", kind: .size(.n), help: "size of what is compared"),
      Option(name: "pixels", kind: .size(64), help: "features of an image"),
      Option(name: "words", kind: .size(32), help: "features of a text"),
      Option(name: "batch", kind: .size(16), help: "pairs in a batch"),
    ],
    sources: [
      Citation(
        "2103.00020", "Learning Transferable Visual Models From Natural Language Supervision", "Radford et al.", 2021)
    ]
  ) { p, s in
    let (batch, shared) = (s.dimension("batch"), s.dimension("shared"))
    func tower(_ name: String, _ features: String) -> Value {
      p.scope(name) {
        let x = gelu(Dense("in", to: s.dimension("hidden"))(p.input("features", [batch, s.dimension(features)])))
        return rmsNorm(Dense("out", to: shared)(x)).named("normal")
      }
    }
    let (image, text) = (tower("image", "pixels"), tower("text", "words"))
    let other = Axis(batch, primes: 1)
    // Of vectors of length 1 in place of entries of size 1: the product over the size of the space.
    func cosine(_ a: Value, _ b: Value, to axes: [Axis]) -> Value {
      scale(contract([a, b], to: axes), by: Monomial(1, [(shared, -1)]))
    }
    let sharpness = map(.exp, p.weight("temperature", [], .constant(2.6593)))
    let alike = cosine(image, rename(text, Axis(batch), to: other), to: [Axis(batch), other]).named("alike")
    let logits = (alike * sharpness).named("logits")
    let matched = cosine(image, text, to: [Axis(batch)]) * sharpness
    let (ofImages, ofTexts) = (
      mean(logSumExp(logits, over: [other])), mean(logSumExp(logits, over: [Axis(batch)]))
    )
    p.minimize((0.5 * (ofImages + ofTexts) - mean(matched)).named("loss"))
  }
}

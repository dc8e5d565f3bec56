import Exact
import TensorPrograms

extension Architecture {
  /// One block of attention whose queries and keys are normalized over the head, with gains shared by the heads or
  /// one for each.
  public static let qkNorm = Architecture(
    "qk-norm", "one attention block with normalized queries and keys",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "heads", kind: .size(4), help: "attention heads"),
      Option(name: "head-size", kind: .size(.n / 4), help: "size of a head"),
      Option(name: "per-head", kind: .toggle, help: "give every head gains of its own"),
      Option(name: "sequence", kind: .size(8), help: "tokens of a sequence"),
      Option(name: "vocabulary", kind: .size(32), help: "different tokens"),
      Option(name: "batch", kind: .size(2), help: "sequences in a batch"),
    ],
    sources: [
      Citation("2010.04245", "Query-Key Normalization for Transformers", "Henry et al.", 2020),
      Citation("2302.05442", "Scaling Vision Transformers to 22 Billion Parameters", "Dehghani et al.", 2023),
    ]
  ) { p, s in
    let (model, vocabulary) = (s.dimension("model"), s.dimension("vocabulary"))
    let (batch, sequence) = (s.dimension("batch"), s.dimension("sequence"))
    let (heads, head) = (s.dimension("heads"), s.dimension("head", "head-size"))
    let other = Axis(sequence, primes: 1)
    let tokens = p.indices("tokens", [batch, sequence], below: vocabulary)
    var x = Embedding("embedding.token", to: model)(tokens)
    x = x + p.weight("embedding.position", [Axis(sequence), Axis(model)], .gaussian(Monomial()))
    let y = p.scope("attention") {
      let normal = RMSNorm("norm")(x)
      let gains = (s.isOn("per-head") ? [heads] : []) + [head]
      func normalized(_ name: String) -> Value {
        let vector = rmsNorm(Dense(name, to: heads, head)(normal))
        return (vector * p.weight(name + ".gain", gains.map { Axis($0) }, .constant(1))).named(name + ".normal")
      }
      let query = normalized("query")
      let key = rename(normalized("key"), Axis(sequence), to: other)
      let value = rename(Dense("value", to: heads, head)(normal), Axis(sequence), to: other)
      let logits = multiplier(
        "scale", contract([query, key], to: [Axis(batch), Axis(heads), Axis(sequence), other]),
        standard: Monomial(1, [(head, Rational(-1, 2))])
      ).named("logits")
      let weights = softmax(causal(logits, query: Axis(sequence), key: other), over: [other])
      let mixed = contract([weights, value], to: [batch, sequence, heads, head].map { Axis($0) })
      return Dense("out", to: model, over: [heads, head])(mixed.named("mixed"))
    }
    let logits = Dense("readout", to: vocabulary)(RMSNorm("norm")(x + y))
    p.minimize(crossEntropy(logits, p.indices("next", [batch, sequence], below: vocabulary)).named("loss"))
  }
}

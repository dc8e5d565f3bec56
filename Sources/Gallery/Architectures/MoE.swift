import Exact
import TensorPrograms

extension Architecture {
  /// A residual perceptron whose block is a mixture of experts. Experts are a dimension of their own, which may grow.
  public static let moe = Architecture(
    "moe", "mixture of experts with a softmax router, all of them or the largest few",
    options: [
      Option(name: "model", kind: .size(.n), help: "size of the residual stream"),
      Option(name: "experts", kind: .size(4), help: "experts"),
      Option(name: "hidden", kind: .size(.n), help: "hidden units of an expert"),
      Option(name: "top", kind: .count(0), help: "experts that are used for an example; 0: all, by their gates"),
      Option(name: "features", kind: .size(64), help: "features of an input"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "1701.06538", "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer",
        "Shazeer et al.", 2017),
      Citation(
        "2101.03961", "Switch Transformers: Scaling to Trillion Parameter Models with Simple and Efficient Sparsity",
        "Fedus et al.", 2021),
    ]
  ) { p, s in
    let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
    let x = tanh(Dense("in", to: s.dimension("model"))(p.input("features", [batch, s.dimension("features")])))
    let top = s.count("top")
    let mixture = MixtureOfExperts(
      "moe", experts: s.dimension("experts"), hidden: s.dimension("hidden"), top: top == 0 ? nil : top)
    let y = tanh(residual(x) { mixture($0) })
    p.minimize(crossEntropy(Dense("readout", to: classes)(y), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

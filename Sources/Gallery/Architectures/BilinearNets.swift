import Exact
import TensorPrograms

extension Architecture {
  /// Two hidden layers that meet in one tensor: a bilinear layer.
  public static let bilinear = multilinear(
    "bilinear", "bilinear layer: two hidden vectors meet in one tensor", ["left", "right"],
    own: .n / 16, hidden: .n,
    sources: [
      Citation(
        "10.1162/089976600300015349", "Separating Style and Content with Bilinear Models", "Tenenbaum and Freeman", 2000
      )
    ])

  /// Three hidden layers that meet in one tensor: a trilinear layer.
  public static let trilinear = multilinear(
    "trilinear", "trilinear layer: three hidden vectors meet in one tensor", ["first", "second", "third"],
    own: Size.n.power(Rational(1, 2)), hidden: .n / 2,
    sources: [
      Citation("1909.11874", "Compact Trilinear Interaction for Visual Question Answering", "Do et al.", 2019)
    ])

  private static func multilinear(
    _ name: String, _ summary: String, _ operands: [String], own: Size, hidden: Size, sources: [Citation]
  ) -> Architecture {
    Architecture(
      name, summary,
      options: operands.map { Option(name: $0, kind: .size(own), help: "size of the \($0) vector") } + [
        Option(name: "hidden", kind: .size(hidden), help: "size of their product"),
        Option(name: "pairwise", kind: .toggle, help: "meet the vectors one after the other: the same numbers"),
        Option(name: "features", kind: .size(64), help: "features of an input"),
        Option(name: "classes", kind: .size(10), help: "classes"),
        Option(name: "batch", kind: .size(32), help: "examples in a batch"),
      ], sources: sources
    ) { p, s in
      let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
      let input = p.input("features", [batch, s.dimension("features")])
      let vectors = operands.map { tanh(Dense($0, to: s.dimension($0 + "-units", $0))(input)) }
      let product = Multilinear("product", to: s.dimension("hidden"), pairwise: s.isOn("pairwise"))(vectors)
      let logits = Dense("readout", to: classes)(tanh(product))
      p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
    }
  }
}

import Exact
import TensorPrograms

extension Architecture {
  /// A gated recurrent unit reads an image row by row; the readout sees the last state.
  public static let gru = Architecture(
    "gru", "gated recurrent unit, unrolled over the rows of an image",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "size of the state"),
      Option(name: "image", kind: .size(8), help: "rows (steps) and columns (features of a step) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(32), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "1406.1078", "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        "Cho et al.", 2014)
    ]
  ) { p, s in
    let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    let states = GRU("gru", to: s.dimension("hidden"))(p.input("image", [batch, rows, columns]), along: Axis(rows))
    guard let last = states.last else { return }
    let logits = Dense("readout", to: classes)(last)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

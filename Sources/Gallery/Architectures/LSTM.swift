import Exact
import TensorPrograms

extension Architecture {
  /// Long short-term memory reads an image row by row; the readout sees the last state.
  public static let lstm = Architecture(
    "lstm", "long short-term memory, unrolled over the rows of an image",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "size of the state"),
      Option(name: "image", kind: .size(8), help: "rows (steps) and columns (features of a step) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(32), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "10.1162/neco.1997.9.8.1735", "Long Short-Term Memory", "Hochreiter and Schmidhuber", 1997)
    ]
  ) { p, s in
    let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    let states = LSTM("lstm", to: s.dimension("hidden"))(p.input("image", [batch, rows, columns]), along: Axis(rows))
    guard let last = states.last else { return }
    let logits = Dense("readout", to: classes)(last)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

import Exact
import TensorPrograms

extension Architecture {
  /// A diagonal state-space layer between dense maps, over the rows of an image; the readout sees the mean of all
  /// steps.
  public static let ssm = Architecture(
    "ssm", "diagonal state-space layer, unrolled over the rows of an image",
    options: [
      Option(name: "model", kind: .size(.n), help: "channels, each with states of its own"),
      Option(name: "state", kind: .size(4), help: "states of a channel"),
      Option(name: "image", kind: .size(8), help: "rows (steps) and columns (features of a step) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(32), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "2206.11893", "On the Parameterization and Initialization of Diagonal State Space Models", "Gu et al.", 2022),
      Citation("2312.00752", "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", "Gu and Dao", 2023),
    ]
  ) { p, s in
    let (batch, classes, model) = (s.dimension("batch"), s.dimension("classes"), s.dimension("model"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    let x = Dense("in", to: model)(p.input("image", [batch, rows, columns]))
    let mixed = StateSpace("ssm", state: s.dimension("state"))(x, along: Axis(rows))
    // The map between channels is linear, so that the mean over the steps can be taken before it.
    let activated = mixed.dropFirst().reduce(gelu(mixed[0])) { $0 + gelu($1) }
    let pooled = scale(activated, by: .product([rows], power: -1))
    let y = gelu(Dense("mix", to: model)(pooled))
    p.minimize(crossEntropy(Dense("readout", to: classes)(y), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

import Exact
import TensorPrograms

extension Architecture {
  /// A graph convolutional network for whole graphs: the rows of an image are nodes on a path, the readout sees their
  /// mean.
  public static let gcn = Architecture(
    "gcn", "graph convolutional network with a fixed graph and a mean over nodes",
    options: [
      Option(name: "hidden", kind: .size(.n), help: "features of a node in hidden layers"),
      Option(name: "depth", kind: .count(2), help: "layers"),
      Option(name: "image", kind: .size(8), help: "rows (nodes) and columns (features of a node) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(32), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "1609.02907", "Semi-Supervised Classification with Graph Convolutional Networks", "Kipf and Welling", 2016)
    ]
  ) { p, s in
    let (batch, classes) = (s.dimension("batch"), s.dimension("classes"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    let adjacency = p.constant(.pathGraph, [Axis(rows), rows.prime])
    var x = p.input("image", [batch, rows, columns])
    for layer in 0..<s.count("depth") {
      let gain = layer == 0 ? 1 : 2.0.squareRoot()
      x = relu(GraphConvolution("layers.\(layer)", to: s.dimension("hidden"), gain: gain)(x, adjacency))
    }
    x = mean(x, over: [Axis(rows)]).named("pooled")
    p.minimize(crossEntropy(Dense("readout", to: classes)(x), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

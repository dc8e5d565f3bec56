import TensorPrograms

extension Architecture {
  /// A small residual convolutional network. Channels are `groups` by `channels`: normalization is by groups (of
  /// growing size), or over all channels with one group.
  public static let resnet = Architecture(
    "resnet", "small residual convolutional network, normalization by groups or layer",
    options: [
      Option(name: "channels", kind: .size(.n / 4), help: "channels of a group"),
      Option(name: "groups", kind: .size(4), help: "groups of channels; 1 makes it layer normalization"),
      Option(name: "depth", kind: .count(2), help: "residual blocks"),
      Option(name: "image", kind: .size(8), help: "rows and columns of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(32), help: "examples in a batch"),
    ],
    sources: [
      Citation("1512.03385", "Deep Residual Learning for Image Recognition", "He et al.", 2015),
      Citation("1603.05027", "Identity Mappings in Deep Residual Networks", "He et al.", 2016),
    ]
  ) { p, s in
    let batch = s.dimension("batch")
    let classes = s.dimension("classes")
    let groups = s.dimension("groups")
    let channels = s.dimension("channels")
    let rows = s.dimension("rows", "image")
    let columns = s.dimension("columns", "image")
    let norm = { LayerNorm($0, over: [rows, columns, channels], affine: [groups, channels]) }
    let convolve = { Convolution($0, to: [groups, channels], gain: 2.0.squareRoot()) }

    var x = Convolution("stem", to: [groups, channels])(p.input("image", [batch, rows, columns, .fixed("colors", 1)]))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        x = residual(x) { convolve("conv2")(relu(norm("norm2")(convolve("conv1")(relu(norm("norm1")($0)))))) }
        p.name(x, "out")
      }
    }
    x = mean(relu(norm("norm")(x)), over: [Axis(rows), Axis(columns)]).named("pooled")
    let logits = Dense("readout", to: classes, over: [groups, channels])(x)
    p.minimize(crossEntropy(logits, p.labels("label", [batch], below: classes)).named("loss"))
  }
}

import Exact
import TensorPrograms

extension Architecture {
  /// MobileNet's blocks without normalization: a convolution of each channel by itself, then a map between channels.
  public static let depthwise = Architecture(
    "depthwise", "convolutional network of depthwise separable blocks",
    options: [
      Option(name: "channels", kind: .size(.n), help: "channels"),
      Option(name: "depth", kind: .count(1), help: "blocks"),
      Option(name: "image", kind: .size(8), help: "rows and columns of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(16), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "1704.04861", "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
        "Howard et al.", 2017)
    ]
  ) { p, s in
    let (batch, classes, channels) = (s.dimension("batch"), s.dimension("classes"), s.dimension("channels"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    var x = relu(Convolution("stem", to: [channels])(p.input("image", [batch, rows, columns, .fixed("colors", 1)])))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        x = relu(DepthwiseConvolution("depthwise", gain: 2.0.squareRoot())(x))
        x = relu(Dense("pointwise", to: channels, gain: 2.0.squareRoot())(x))
      }
    }
    x = mean(x, over: [Axis(rows), Axis(columns)]).named("pooled")
    p.minimize(crossEntropy(Dense("readout", to: classes)(x), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

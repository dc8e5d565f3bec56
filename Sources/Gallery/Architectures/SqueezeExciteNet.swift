import Exact
import TensorPrograms

extension Architecture {
  /// A convolutional network whose blocks multiply each channel by a gate made of all channels' means.
  public static let squeezeExcite = Architecture(
    "squeeze-excite", "convolutional network with squeeze-and-excitation gates",
    options: [
      Option(name: "channels", kind: .size(.n / 2), help: "channels"),
      Option(name: "squeezed", kind: .size(.n / 8), help: "hidden units of a gate's network"),
      Option(name: "depth", kind: .count(1), help: "blocks"),
      Option(name: "image", kind: .size(8), help: "rows and columns of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(64), help: "examples in a batch"),
    ],
    sources: [Citation("1709.01507", "Squeeze-and-Excitation Networks", "Hu et al.", 2017)]
  ) { p, s in
    let (batch, classes, channels) = (s.dimension("batch"), s.dimension("classes"), s.dimension("channels"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    var x = relu(Convolution("stem", to: [channels])(p.input("image", [batch, rows, columns, .fixed("colors", 1)])))
    for block in 0..<s.count("depth") {
      p.scope("blocks.\(block)") {
        x = residual(x) {
          SqueezeExcite("gate", squeezed: s.dimension("squeezed"))(
            relu(Convolution("conv", to: [channels], gain: 2.0.squareRoot())($0)))
        }
      }
    }
    x = mean(x, over: [Axis(rows), Axis(columns)]).named("pooled")
    p.minimize(crossEntropy(Dense("readout", to: classes)(x), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

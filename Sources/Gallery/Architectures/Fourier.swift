import Exact
import TensorPrograms

extension Architecture {
  /// A Fourier neural operator over the rows of an image, taken to lie on a circle; the readout sees the rows' mean.
  public static let fourier = Architecture(
    "fourier", "Fourier neural operator: convolutions in the space of Fourier modes",
    options: [
      Option(name: "channels", kind: .size(.n), help: "channels"),
      Option(name: "modes", kind: .count(3), help: "lowest Fourier modes that are kept"),
      Option(name: "depth", kind: .count(2), help: "layers"),
      Option(name: "image", kind: .size(8), help: "rows (positions) and columns (features of one) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(16), help: "examples in a batch"),
    ],
    sources: [
      Citation(
        "2010.08895", "Fourier Neural Operator for Parametric Partial Differential Equations", "Li et al.", 2020)
    ]
  ) { p, s in
    let (batch, classes, channels) = (s.dimension("batch"), s.dimension("classes"), s.dimension("channels"))
    let (rows, columns) = (s.dimension("rows", "image"), s.dimension("columns", "image"))
    guard s.count("modes") > 0 else { throw ProgramError.option("--modes 0: keep at least one") }
    var x = Dense("lift", to: channels)(p.input("image", [batch, rows, columns]))
    for layer in 0..<s.count("depth") {
      p.scope("layers.\(layer)") {
        let spectral = SpectralConvolution("spectral", modes: s.count("modes"))(x, along: Axis(rows))
        x = gelu((spectral + Dense("bypass", to: channels)(x)).named("out"))
      }
    }
    x = mean(x, over: [Axis(rows)]).named("pooled")
    p.minimize(crossEntropy(Dense("readout", to: classes)(x), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

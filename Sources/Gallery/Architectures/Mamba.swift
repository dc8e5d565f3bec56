import Exact
import TensorPrograms

extension Architecture {
  /// A state-space layer that what it reads controls: how long it steps, what enters its states and what leaves them are
  /// maps of the input (Mamba, equations 1 to 4 and algorithm 2), over the rows of an image.
  public static let mamba = Architecture(
    "mamba", "selective state-space layer, unrolled over the rows of an image",
    options: [
      Option(name: "model", kind: .size(.n), help: "channels, each with states of its own"),
      Option(name: "state", kind: .size(4), help: "states of a channel"),
      Option(name: "rank", kind: .size(4), help: "numbers through which the step sizes are mapped"),
      Option(name: "image", kind: .size(4), help: "rows (steps) and columns (features of a step) of an image"),
      Option(name: "classes", kind: .size(10), help: "classes"),
      Option(name: "batch", kind: .size(16), help: "examples in a batch"),
    ],
    sources: [
      Citation("2312.00752", "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", "Gu and Dao", 2023)
    ]
  ) { p, s in
    let (batch, classes, model) = (s.dimension("batch"), s.dimension("classes"), s.dimension("model"))
    let (rows, columns, state) = (s.dimension("rows", "image"), s.dimension("columns", "image"), s.dimension("state"))
    let x = silu(Dense("in", to: model)(p.input("image", [batch, rows, columns])))
    let decay = map(.exp, p.weight("ssm.decay", [Axis(model), Axis(state)], .gaussian(Monomial())))
    let (step, input, output) = p.scope("ssm") {
      (
        map(.softplus, Dense("step", to: model, bias: true)(Dense("rank", to: s.dimension("rank"))(x))),
        Dense("input", to: state)(x), Dense("output", to: state)(x)
      )
    }
    let skip = p.weight("ssm.skip", [Axis(model)], .constant(1))
    let along = Axis(rows)
    var (h, sum): (Value?, Value?)
    for (i, now) in steps(of: x, along: along).enumerated() {
      let length = select(step, i, along: along)
      let entering = (length * now) * select(input, i, along: along)
      let kept = h.map { $0 * map(.exp, -(length * decay)) }
      let next = (kept.map { $0 + entering } ?? entering).named("ssm.state.\(i)")
      let out = contract([next, select(output, i, along: along)], to: now.axes) + now * skip
      (h, sum) = (next, sum.map { $0 + out } ?? out)
    }
    guard let sum else { return }
    let y = silu(Dense("mix", to: model)(scale(sum, by: .product([rows], power: -1))))
    p.minimize(crossEntropy(Dense("readout", to: classes)(y), p.labels("label", [batch], below: classes)).named("loss"))
  }
}

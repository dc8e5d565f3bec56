package import Gallery
package import TensorPrograms

/// A small program that shows one primitive, nonlinearity, layer or loss.
package struct SampleProgram: Sendable {
  package let name: String
  private let value: @Sendable (Recorder) throws -> Value

  init(_ name: String, _ value: @escaping @Sendable (Recorder) throws -> Value) {
    (self.name, self.value) = (name, value)
  }

  /// The loss is the mean of the value times a fixed random tensor, so that its gradient sees every entry.
  package var program: Program {
    get throws {
      try Program(name) { p in
        let x = try value(p)
        p.minimize(mean(x * p.input("probe", x.axes)))
      }
    }
  }

  /// The same of data, with a squared error from targets for a loss: what is made has a scale to meet.
  package var programWithTargets: Program {
    get throws {
      try SampleCatalog.$operandsAreData.withValue(true) {
        try Program(name) { p in
          let x = try value(p)
          p.minimize(meanSquaredError(x, p.input("target", x.axes)))
        }
      }
    }
  }

  /// The same with operands that depend on data, as features do: each is multiplied by an input.
  package var programOfData: Program {
    get throws { try SampleCatalog.$operandsAreData.withValue(true) { try program } }
  }
}

/// One line for each primitive, nonlinearity, layer and loss; the laws hold for all of them.
package enum SampleCatalog {
  private typealias Sample = SampleProgram

  package static let all = primitives + nonlinearities + layers + losses

  private static let n = Dimension("n", growing: .n), m = Dimension("m", growing: 2 * .n)
  private static let a = Dimension("a", 3), b = Dimension("b", 5)
  private static let rows = Dimension("rows", 4), columns = Dimension("columns", 6),
    colors = Dimension("colors", 2)
  private static let sequence = Dimension("sequence", 5), words = Dimension("words", 7)
  private static let heads = Dimension("heads", 2), head = Dimension("head", growing: .n)

  @TaskLocal fileprivate static var operandsAreData = false

  private static func w(_ p: Recorder, _ name: String, _ dimensions: Dimension...) -> Value {
    w(p, name, axes: dimensions.map { Axis($0) })
  }
  private static func w(_ p: Recorder, _ name: String, axes: [Axis]) -> Value {
    let x = p.weight(name, axes, .gaussian(Monomial()))
    guard operandsAreData else { return x }
    return x * p.input(name + ".data", axes.first.map { $0.growth.isZero ? [$0] : [] } ?? [])
  }
  private static func prime(_ dimension: Dimension) -> Axis { Axis(dimension, primes: 1) }
  private static func moving(_ stride: Int, _ padding: Int, _ toRows: Int, _ toColumns: Int)
    -> Patches.Geometry
  {
    let window = Dimension("window", 3)
    return Patches.Geometry(
      rows: Axis(rows), columns: Axis(columns), toRows: Axis(Dimension("to-rows", toRows)),
      toColumns: Axis(Dimension("to-columns", toColumns)), windowRows: Axis(window),
      windowColumns: prime(window),
      stride: stride, padding: padding)
  }

  package static let primitives: [SampleProgram] = [
    Sample("contract: matrix product") {
      contract([w($0, "x", a, n), w($0, "y", n, b)], to: [Axis(a), Axis(b)])
    },
    Sample("contract: turned result") {
      contract([w($0, "x", a, n), w($0, "y", n, b)], to: [Axis(b), Axis(a)])
    },
    Sample("contract: batched") {
      contract([w($0, "x", a, b, n), w($0, "y", n, a)], to: [Axis(a), Axis(b)])
    },
    Sample("contract: three operands") {
      contract([w($0, "x", a, n), w($0, "y", n, m), w($0, "z", m)], to: [Axis(a), Axis(n)])
    },
    Sample("contract: to a scalar") { contract([w($0, "x", a, n), w($0, "y", n, a)], to: []) },
    Sample("contract: outer product") { contract([w($0, "x", a), w($0, "y", n)], to: [Axis(n), Axis(a)]) },
    Sample("contract: one operand") { contract([w($0, "x", a, n)], to: [Axis(n)]) },
    Sample("product, broadcast") { w($0, "x", a, n) * w($0, "y", n) },
    Sample("quotient") { w($0, "x", a, n) / guarded(map(.square, w($0, "y", a)), epsilon: 0.5) },
    Sample("sum over the last") { sum(w($0, "x", a, n), over: [Axis(n)]) },
    Sample("sum over the first") { sum(w($0, "x", a, n, b), over: [Axis(a)]) },
    Sample("mean of all") { mean(w($0, "x", a, n)) },
    Sample("expand") { expand(w($0, "x", n), to: [Axis(a), Axis(n), Axis(b)]) },
    Sample("expand, turned") { expand(w($0, "x", n, a), to: [Axis(a), Axis(b), Axis(n)]) },
    Sample("add") { w($0, "x", a, n) + w($0, "y", n) },
    Sample("subtract from the smaller") { w($0, "x", n) - w($0, "y", a, n) },
    Sample("scale by sizes") { scale(w($0, "x", a, n), by: .product([n], power: 2)) },
    Sample("scale by the largest of sizes") {
      scale(w($0, "x", a, n), byLargestOf: [Monomial(1), Monomial(0.5, [(n, 1)])])
    },
    Sample("multiplier") { multiplier("temperature", w($0, "x", a, n), standard: .product([n], power: 1)) },
    Sample("guard") { guarded(map(.square, w($0, "x", n)), epsilon: 0.25) },
    Sample("softmax over the last") { softmax(w($0, "x", a, n), over: [Axis(n)]) },
    Sample("softmax over the first") { softmax(w($0, "x", a, n, b), over: [Axis(a)]) },
    Sample("softmax over two") { softmax(w($0, "x", a, n, b), over: [Axis(a), Axis(b)]) },
    Sample("log-sum-exp") { logSumExp(w($0, "x", a, n), over: [Axis(n)]) },
    Sample("log-sum-exp over the first") { logSumExp(w($0, "x", a, n), over: [Axis(a)]) },
    Sample("gather") {
      gather(w($0, "table", words, n), $0.indices("i", [a, b], below: words), along: Axis(words))
    },
    Sample("gather, matched") {
      gather(w($0, "x", a, b, words), $0.indices("i", [a, b], below: words), along: Axis(words))
    },
    Sample("scatter") {
      $0.record(
        Scatter(along: Axis(words)),
        [w($0, "x", a, b, n), $0.indices("i", [a, b], below: words)],
        axes: [Axis(words), Axis(n)])
    },
    Sample("causal") {
      causal(
        w($0, "x", axes: [Axis(a), Axis(b), prime(b)]), query: Axis(b), key: prime(b),
        fill: 2)
    },
    Sample("causal, masked softmax") {
      softmax(
        causal(w($0, "x", axes: [Axis(b), prime(b)]), query: Axis(b), key: prime(b)),
        over: [prime(b)])
    },
    Sample("rename") {
      let x = w($0, "x", a, n)
      return contract([x, rename(x, Axis(a), to: prime(a))], to: [Axis(a), prime(a)])
    },
    Sample("rename, turned upon itself") {
      let x = w($0, "x", axes: [Axis(n), prime(n)])
      let turned = rename(
        rename(rename(x, prime(n), to: Axis(n, primes: 2)), Axis(n), to: prime(n)), Axis(n, primes: 2),
        to: Axis(n))
      return map(.tanh, x) + turned
    },
    Sample("patches") {
      $0.record(Patches(moving(1, 1, 4, 6)), [w($0, "x", a, rows, columns, colors)])
    },
    Sample("patches, stride 2") {
      $0.record(Patches(moving(2, 1, 2, 3)), [w($0, "x", a, rows, columns)])
    },
    Sample("fold") {
      let geometry = moving(2, 1, 2, 3)
      let windows = [
        Axis(a), geometry.toRows, geometry.toColumns, geometry.windowRows, geometry.windowColumns,
      ]
      return $0.record(
        Fold(geometry), [w($0, "x", axes: windows)],
        axes: [Axis(a), Axis(rows), Axis(columns)])
    },
    Sample("constant: sinusoids") { w($0, "x", b, n) * $0.constant(.sinusoids, [Axis(b), Axis(n)]) },
    Sample("constant: one-hot buckets") {
      contract(
        [$0.constant(.buckets, [Axis(sequence), prime(sequence), Axis(words)], with: 8), w($0, "x", words, n)],
        to: [Axis(sequence), prime(sequence), Axis(n)])
    },
    Sample("select") { select(w($0, "x", a, n, b), 2, along: Axis(a)) },
    Sample("select from the last axis") { select(w($0, "x", a, n, b), 0, along: Axis(b)) },
    Sample("insert") {
      $0.record(Insert(3, along: Axis(b)), [w($0, "x", a, n)], axes: [Axis(a), Axis(b), Axis(n)])
    },
    Sample("largest") {
      let x = w($0, "x", a, b, n)
      return x * largest(2, of: x, along: Axis(b))
    },
    Sample("maximum") { maximum(w($0, "x", a, n), w($0, "y", a, n)) },
    Sample("maximum, broadcast") { maximum(w($0, "x", a, n), w($0, "y", n)) },
    Sample("maximum along an axis") { maximum(of: w($0, "x", a, b, n), along: Axis(b)) },
    // The sign has no derivative, and needs none here.
    Sample("stop-gradient") {
      let x = w($0, "x", a, n)
      return x * stopGradient(map(.sign, x))
    },
    Sample("concatenate") {
      let both = concatenate([w($0, "x", a, n), w($0, "y", a, n)], of: [n, n], along: Axis(m))
      return contract([tanh(both), w($0, "z", m, b)], to: [Axis(a), Axis(b)])
    },
    Sample("slice") {
      let gates = contract([w($0, "x", a, b), w($0, "y", m, b)], to: [Axis(a), Axis(m)])
      return sigmoid(slice(gates, 0, of: [n, n], along: Axis(m))) * slice(gates, 1, of: [n, n], along: Axis(m))
    },
    Sample("split") { softmax(split(w($0, "x", a, m), Axis(m), into: [heads, n]), over: [Axis(heads)]) },
    Sample("merge") {
      contract([merge(w($0, "x", a, heads, n), [heads, n], to: Axis(m)), w($0, "y", m, b)], to: [Axis(a), Axis(b)])
    },
    Sample("a value used often") {
      let x = w($0, "x", a, n)
      let y = map(.tanh, x)
      return y * y + x * y - contract([y, y], to: [Axis(n)])
    },
  ]

  /// Of positive numbers where a function asks for them; each by itself, and beside its slope.
  package static let nonlinearities: [SampleProgram] = Nonlinearity.all.filter { $0.derivative != nil }.flatMap {
    function in
    @Sendable func argument(_ p: Recorder) -> Value {
      let x = w(p, "x", a, n)
      let isPositive = ["log", "sqrt", "reciprocal"].contains(function.name)
      return isPositive ? guarded(map(.square, x), epsilon: 0.5) : x
    }
    return [
      Sample(function.name) { map(function, argument($0)) },
      Sample("slope of \(function.name)") { p in
        let x = argument(p)
        return x * slope(of: function, x)
      },
    ]
  }

  package static let layers: [SampleProgram] = [
    Sample("Dense") { Dense("dense", to: m, bias: true)(w($0, "x", a, n)) },
    Sample("Dense, to itself") { Dense("dense", to: n)(w($0, "x", a, n)) },
    Sample("Dense, two axes to two") { Dense("dense", to: heads, m, over: [n, b])(w($0, "x", a, n, b)) },
    Sample("Embedding") { Embedding("table", to: n)($0.indices("i", [a, sequence], below: words)) },
    Sample("Embedding, tied to the readout") {
      let (x, table) = Embedding("table", to: n).look($0.indices("i", [a, sequence], below: words))
      return contract([tanh(x), table], to: [Axis(a), Axis(sequence), Axis(words)])
    },
    Sample("MLP") { MLP("mlp", hidden: m)(w($0, "x", a, n)) },
    Sample("GLU") { GLU("glu", hidden: m)(w($0, "x", a, n)) },
    Sample("residual") { residual(w($0, "x", a, n)) { tanh(Dense("dense", to: n)($0)) } },
    Sample("Attention") { Attention("attention", heads: heads, head: head)(w($0, "x", a, sequence, n)) },
    Sample("Attention, all to all") {
      Attention("attention", heads: heads, head: head, causal: false)(w($0, "x", a, sequence, n))
    },
    Sample("Attention, grouped queries, rotary, with gain") {
      var attention = Attention("attention", heads: heads, queries: Dimension("queries", 3), head: Dimension("head", 4))
      (attention.position, attention.gain) = (.rotary(base: 100), 0.5)
      return attention(w($0, "x", a, sequence, n))
    },
    Sample("Attention, multi-query, biases, normalized") {
      var attention = Attention("attention", heads: nil, queries: heads, head: head)
      (attention.hasBiases, attention.normalizesQueries) = (true, true)
      return attention(w($0, "x", a, sequence, n))
    },
    Sample("Attention, relative") {
      var attention = Attention("attention", heads: heads, head: head)
      attention.position = .relative
      return attention(w($0, "x", a, sequence, n))
    },
    Sample("Attention, to another sequence, unscaled, with a bias") {
      var attention = Attention("attention", heads: heads, head: Dimension("head", 3), causal: false)
      attention.isScaled = false
      let bias = RelativeBias("bias", heads: heads, buckets: 4, farthest: 8, causal: false)(
        $0, between: Axis(sequence), Axis(b))
      return attention(w($0, "x", a, sequence, n), over: w($0, "memory", a, b, m), bias: bias)
    },
    Sample("rotary") {
      rotary(
        w($0, "x", a, sequence, n, Dimension("two", 2)), along: Axis(sequence), pairs: Axis(n), base: 100)
    },
    Sample("RelativeBias") {
      RelativeBias("bias", heads: heads, buckets: 4, farthest: 8, causal: true)(
        $0, between: Axis(sequence), prime(sequence))
    },
    Sample("TransformerBlock, parallel") {
      let attention = Attention("attention", heads: heads, head: head)
      return TransformerBlock(attention: attention, norm: .layer(bias: false), order: .parallel) {
        MLP("mlp", hidden: m, .tanh, bias: true, gain: 0.5)($0)
      }(w($0, "x", a, sequence, n))
    },
    Sample("TransformerBlock, post-norm, with memory") {
      TransformerBlock(
        attention: Attention("attention", heads: heads, head: head),
        cross: Attention("cross", heads: heads, head: head, causal: false), norm: .rms, order: .post
      ) { MLP("mlp", hidden: m, .tanh)($0) }(w($0, "x", a, sequence, n), over: w($0, "memory", a, b, n))
    },
    Sample("LayerNorm") { LayerNorm("norm")(w($0, "x", a, n)) },
    Sample("LayerNorm, two axes") { LayerNorm("norm", over: [a, n], affine: [n])(w($0, "x", b, a, n)) },
    Sample("RMSNorm") { RMSNorm("norm")(w($0, "x", a, n)) },
    Sample("RMSNorm, no gain") { rmsNorm(w($0, "x", a, n)) },
    Sample("Convolution") { Convolution("kernel", to: [n])(w($0, "x", a, rows, columns, colors)) },
    Sample("Convolution, stride 2") {
      Convolution("kernel", to: [n], stride: 2)(w($0, "x", a, rows, columns, n))
    },
    Sample("Convolution, two axes of channels") {
      Convolution("kernel", to: [heads, n])(w($0, "x", a, rows, columns, heads, n))
    },
    Sample("DepthwiseConvolution") { DepthwiseConvolution("kernel")(w($0, "x", a, rows, columns, n)) },
    Sample("GRU") { GRU("gru", to: n)(w($0, "x", a, sequence, words), along: Axis(sequence))[4] },
    Sample("LSTM") { LSTM("lstm", to: n)(w($0, "x", a, sequence, words), along: Axis(sequence))[4] },
    Sample("StateSpace") { StateSpace("ssm", state: m)(w($0, "x", a, sequence, n), along: Axis(sequence))[4] },
    Sample("SqueezeExcite") { SqueezeExcite("gate", squeezed: m)(w($0, "x", a, rows, columns, n)) },
    Sample("MixtureOfExperts") { MixtureOfExperts("moe", experts: b, hidden: m)(w($0, "x", a, n)) },
    Sample("MixtureOfExperts, the largest two") {
      MixtureOfExperts("moe", experts: b, hidden: m, top: 2)(w($0, "x", a, n))
    },
    Sample("Multilinear") { Multilinear("product", to: b)([w($0, "x", a, n), w($0, "y", a, m)]) },
    Sample("Multilinear, pairwise") {
      Multilinear("product", to: b, pairwise: true)([w($0, "x", a, n), w($0, "y", a, m)])
    },
    Sample("SpectralConvolution") { SpectralConvolution("spectral", modes: 2)(w($0, "x", a, b, n), along: Axis(b)) },
    Sample("GraphConvolution") {
      GraphConvolution("graph", to: m)(w($0, "x", a, b, n), $0.constant(.pathGraph, [Axis(b), prime(b)]))
    },
    Sample("maximumPool") { maximumPool(w($0, "x", a, rows, columns, n), window: 2) },
    Sample("averagePool") { averagePool(w($0, "x", a, rows, columns, n), window: 2) },
  ]

  package static let losses: [SampleProgram] = [
    Sample("meanSquaredError") { meanSquaredError(w($0, "x", a, n), $0.input("y", [a, n])) },
    Sample("crossEntropy") { crossEntropy(w($0, "x", a, words), $0.labels("label", [a], below: words)) },
    Sample("crossEntropy, of sequences") {
      crossEntropy(w($0, "x", a, sequence, words), $0.labels("next", [a, sequence], below: words))
    },
  ]
}

import Exact
import Gallery
package import TensorPrograms
import TestSupport

/// A random network over the whole vocabulary of primitives, valid by construction.
///
/// Values are `[batch, d]` or `[batch, sequence, d]`, with d one of up to three growing dimensions, and scalars without d.
/// Steps put layers on random earlier values; what nothing uses in the end goes into the loss. There are weights that meet
/// weights, norms, softmax, look-ups, towers that meet, shared weights, recurrences, attention, gains, learned scalars,
/// constants, and now and then growing classes.
package enum RandomProgram {
  package static func make(seed: UInt64) throws -> Program {
    try Program("random\(seed)") { p in
      let builder = RandomBuilder(p, seed: seed)
      builder.build()
    }
  }

  /// A network of one block many times over, so that folding has something to fold.
  package static func deep(seed: UInt64) throws -> Program {
    try Program("deep\(seed)") { p in
      let builder = RandomBuilder(p, seed: seed)
      builder.buildDeep(blocks: 12)
    }
  }
}

/// What is recorded so far, and the choices to come.
final class RandomBuilder {
  let p: Recorder
  var random: SplitMix
  /// The axes before a value's own: `[batch]`, or `[batch, sequence]`.
  let lead: [Dimension]
  let sequence = Dimension("sequence", 3)
  let features = Dimension("features", 6)
  let small = Dimension("small", 3)
  let classes: Dimension
  let growing: [Dimension]
  /// `[lead, d]`.
  var vectors: [Value] = []
  /// `[lead]`.
  var scalars: [Value] = []
  /// Matrices that were used once and may be used again, written `[out, in]`.
  var matrices: [Matrix] = []
  /// Values that something uses.
  var used: Set<ValueID> = []
  private var count = 0

  /// A weight, or what is made of weights, that takes one axis to another.
  struct Matrix {
    var value: Value
    var out: Axis
    var columns: Axis
  }

  init(_ p: Recorder, seed: UInt64) {
    self.p = p
    var random = SplitMix(seed: seed &* 0x9E37_79B9 &+ 17)
    let batch = Dimension("batch", 4)
    lead = Int.random(in: 0..<3, using: &random) == 0 ? [batch, sequence] : [batch]
    let sizes: [Size] = [.n, 2 * .n, Size("n^(1/2)") ?? .n]
    growing = (0..<Int.random(in: 1...3, using: &random)).map { Dimension("d\($0)", growing: sizes[$0]) }
    let grows = Int.random(in: 0..<16, using: &random) == 0
    classes = grows ? Dimension("classes", growing: .n) : Dimension("classes", 5)
    self.random = random
  }

  func build() {
    start()
    for _ in 0..<below(7) + 1 { step() }
    finish()
  }

  func buildDeep(blocks: Int) {
    start()
    let (block, base) = (random, vectors[vectors.count - 1])
    var stream = base
    for _ in 0..<blocks {
      // The same choices for each block.
      random = block
      vectors = [stream]
      scalars = []
      matrices = []
      for _ in 0..<below(2) + 1 { step() }
      let last = vectors.last { $0.axes == stream.axes } ?? stream
      stream = chance(2) ? stream + tanh(last) : use(last)
    }
    (vectors, scalars, matrices) = ([stream], [], [])
    finish()
  }

  // MARK: - Choices

  func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
  /// One in so many.
  func chance(_ one: Int) -> Bool { below(one) == 0 }
  func pick<T>(_ all: [T]) -> T { all[below(all.count)] }

  func name(_ stem: String) -> String {
    count += 1
    return "\(stem)\(count)"
  }

  func dimension() -> Dimension { pick(growing) }
  func phi() -> Nonlinearity { pick([.tanh, .relu, .gelu, .silu, .erf, .sine, .sigmoid]) }

  /// Mostly the last, so that programs are deep.
  func vector() -> Value {
    use(chance(3) ? pick(vectors) : vectors[vectors.count - 1])
  }

  /// Another one of the same axes, if there is one.
  func other(like value: Value) -> Value? {
    let found = vectors.filter { $0.axes == value.axes && $0.id != value.id }
    return found.isEmpty ? nil : use(pick(found))
  }

  func use(_ value: Value) -> Value {
    if let id = value.id { used.insert(id) }
    return value
  }

  func keep(_ value: Value) { vectors.append(value.named(name("v"))) }
  func keepScalar(_ value: Value) { scalars.append(value.named(name("s"))) }

  var leadAxes: [Axis] { lead.map { Axis($0) } }

  // MARK: - The beginning

  /// One or two inputs, each made wide.
  private func start() {
    for _ in 0..<(chance(3) ? 2 : 1) {
      let to = dimension()
      if chance(4) {
        let words = chance(8) ? Dimension("words", growing: .n) : Dimension("vocabulary", 5)
        let tokens = p.indices(name("tokens"), lead, below: words)
        let table = p.weight(name("table"), [Axis(words), Axis(to)], .gaussian(Monomial(1)))
        keep(gather(table, tokens, along: Axis(words)))
      } else {
        keep(Dense(name("in"), to: to)(p.input(name("x"), lead + [features])))
      }
    }
  }
}

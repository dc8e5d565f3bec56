import Exact
import Gallery
import TensorPrograms
import TestSupport

/// A random network as a plan, so that one network can be recorded in several orders and under several names.
///
/// Values are `[batch, sequence, d]` with d one of up to three growing dimensions. Dense layers, residual sums, gates,
/// normalizations, attention, gains, bottlenecks and shared weights are put on random earlier values; every value that
/// nothing uses has a readout.
struct RandomPrograms {
  let seed: UInt64
  let dimensions: [Dimension]
  private(set) var nodes: [Node] = []
  let readouts: [Int]

  /// One layer: what it does to which earlier nodes, and the dimension of what it makes.
  struct Node {
    var kind: Kind
    var inputs: [Int]
    var dimension: Int
  }

  enum Kind {
    case dense(Nonlinearity, bias: Bool)
    case residual
    case gate(Nonlinearity)
    case rmsNorm
    case layerNorm
    case attention(Heads)
    case gain
    case bottleneck(Nonlinearity)
    case scalarGate
    case gatedBranch(hidden: Int)
    /// The weight of an earlier dense layer, once more.
    case again(Int)
    /// The transpose of it, with a multiplier of its own.
    case transposed(Int)
  }

  enum Heads: CaseIterable { case sizeGrows, numberGrows, bothGrow }

  private static let nonlinearities: [Nonlinearity] = [.tanh, .relu, .gelu, .silu, .erf]

  init(seed: UInt64) {
    self.seed = seed
    var random = SplitMix(seed: seed)
    let sizes: [Size] = [.n, Size("n^(1/2)") ?? .n, 2 * .n]
    let count = Int.random(in: 1...3, using: &random)
    let dimensions = (0..<count).map { Dimension("d\($0)", growing: sizes[$0]) }
    var nodes: [Node] = []
    for _ in 0..<Int.random(in: 2...8, using: &random) {
      nodes.append(RandomPrograms.node(after: nodes, dimensions.count, &random))
    }
    let used = Set(nodes.flatMap(\.inputs))
    (self.dimensions, self.nodes) = (dimensions, nodes)
    readouts = nodes.indices.filter { !used.contains($0) }
  }

  private static func node(after nodes: [Node], _ dimensions: Int, _ random: inout SplitMix) -> Node {
    let phi = nonlinearities.randomElement(using: &random) ?? .tanh
    guard !nodes.isEmpty else {
      return Node(
        kind: .dense(.identity, bias: false), inputs: [], dimension: Int.random(in: 0..<dimensions, using: &random))
    }
    // Mostly deep, sometimes wide.
    let last = nodes.count - 1
    let from = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 0...last, using: &random) : last
    let dimension = nodes[from].dimension
    let like = nodes.indices.filter { nodes[$0].dimension == dimension && $0 != from }
    let target = Int.random(in: 0..<dimensions, using: &random)
    switch Int.random(in: 0..<13, using: &random) {
    case 0: return Node(kind: .rmsNorm, inputs: [from], dimension: dimension)
    case 1: return Node(kind: .layerNorm, inputs: [from], dimension: dimension)
    case 2:
      let heads = Heads.allCases.randomElement(using: &random) ?? .sizeGrows
      return Node(kind: .attention(heads), inputs: [from], dimension: dimension)
    case 3: return Node(kind: .gain, inputs: [from], dimension: dimension)
    case 4: return Node(kind: .bottleneck(phi), inputs: [from], dimension: target)
    case 5: return Node(kind: .scalarGate, inputs: [from], dimension: dimension)
    case 6: return Node(kind: .gatedBranch(hidden: target), inputs: [from], dimension: dimension)
    case 7, 8:
      if let other = like.randomElement(using: &random) {
        let kind: Kind = Bool.random(using: &random) ? .residual : .gate(phi)
        return Node(kind: kind, inputs: [from, other], dimension: dimension)
      }
    case 9, 10:
      let same = nodes.indices.filter { k in
        guard case .dense = nodes[k].kind, let input = nodes[k].inputs.first else { return false }
        return nodes[input].dimension == dimension
      }
      let back = nodes.indices.filter { k in
        guard case .dense = nodes[k].kind, !nodes[k].inputs.isEmpty else { return false }
        return nodes[k].dimension == dimension
      }
      if Bool.random(using: &random), let k = same.randomElement(using: &random) {
        return Node(kind: .again(k), inputs: [from], dimension: nodes[k].dimension)
      }
      if let k = back.randomElement(using: &random), let input = nodes[k].inputs.first {
        return Node(kind: .transposed(k), inputs: [from], dimension: nodes[input].dimension)
      }
    default: break
    }
    return Node(kind: .dense(phi, bias: Bool.random(using: &random)), inputs: [from], dimension: target)
  }

  /// The program, its nodes in another order if `shuffled` (what a node needs still comes before it), under other
  /// names if `renamed`.
  func program(shuffled: Bool = false, renamed: Bool = false) throws -> Program {
    var order = Array(nodes.indices)
    if shuffled {
      var random = SplitMix(seed: seed &+ 99)
      order = []
      while order.count < nodes.count {
        let ready = nodes.indices.filter { k in
          !order.contains(k) && needs(k).allSatisfy { order.contains($0) }
        }
        if let next = ready.randomElement(using: &random) { order.append(next) }
      }
    }
    return try Program(renamed ? "other" : "random\(seed)") { p in
      try Recording(self, p, renamed: renamed).record(order, ends: shuffled ? readouts.reversed() : readouts)
    }
  }

  /// A plan in which a node comes before what it needs, or that has no end.
  struct NotRecorded: Error { var node: Int }

  private func needs(_ k: Int) -> [Int] {
    switch nodes[k].kind {
    case .again(let other), .transposed(let other): nodes[k].inputs + [other]
    default: nodes[k].inputs
    }
  }

  /// What a weight or multiplier of the renamed program is called in the other.
  static func originalName(_ renamed: String) -> String { renamed.replacing("zz", with: "l") }
}

/// Records one plan.
private final class Recording {
  private let plan: RandomPrograms
  private let p: Recorder
  private let prefix: String
  private var values: [Int: Value] = [:]
  /// The weights of dense layers, written `[out, in]`, the in axis primed.
  private var weights: [Int: Value] = [:]

  init(_ plan: RandomPrograms, _ p: Recorder, renamed: Bool) {
    (self.plan, self.p) = (plan, p)
    prefix = renamed ? "zz" : "l"
  }

  func record(_ order: [Int], ends: [Int]) throws {
    let (batch, sequence) = (Dimension("batch", 4), Dimension("sequence", 3))
    let classes = Dimension("classes", 5)
    let x = p.input("x", [batch, sequence, Dimension("features", 6)])
    for k in order { values[k] = make(k, x).named("\(prefix)\(k).made") }
    var logits: Value?
    for k in ends {
      guard let value = values[k] else { throw RandomPrograms.NotRecorded(node: k) }
      let out = Dense("\(prefix)\(k).readout", to: classes)(map(.tanh, value))
      logits = logits.map { $0 + out } ?? out
    }
    guard let logits else { throw RandomPrograms.NotRecorded(node: 0) }
    p.minimize(crossEntropy(logits, p.labels("y", [batch, sequence], below: classes)))
  }

  private func make(_ k: Int, _ x: Value) -> Value {
    let node = plan.nodes[k]
    let name = "\(prefix)\(k)"
    let to = plan.dimensions[node.dimension]
    let inputs = node.inputs.compactMap { values[$0] }
    guard let first = inputs.first else { return Dense(name, to: to)(x) }
    let own = Axis(to)
    switch node.kind {
    case .dense(let phi, let bias):
      let (from, weight) = matrix(k, name)
      var y = multiply(weight, map(phi, first), over: from, Axis(from.dimension, primes: 1), to: own)
      if bias { y = y + p.weight(name + ".bias", [own], .zero) }
      return y
    case .again(let other):
      guard let weight = weights[other], let input = plan.nodes[other].inputs.first else { return first }
      let from = Axis(plan.dimensions[plan.nodes[input].dimension])
      return multiply(weight, map(.tanh, first), over: from, Axis(from.dimension, primes: 1), to: own)
    case .transposed(let other):
      guard let weight = weights[other] else { return first }
      let from = Axis(plan.dimensions[plan.nodes[other].dimension])
      // [out, in'] over out leaves in', which is renamed.
      let y = contract(
        [map(.tanh, first), weight], to: first.axes.dropLast() + [Axis(to, primes: 1)])
      _ = from
      return multiplier(
        name + ".scale", rename(y, Axis(to, primes: 1), to: own), standard: Monomial(1, [(to, Rational(-1, 2))]))
    case .residual: return first + inputs[1]
    case .gate(let phi): return tanh(first) * map(phi, inputs[1])
    case .rmsNorm: return RMSNorm(name)(first)
    case .layerNorm: return LayerNorm(name)(first)
    case .attention(let kind):
      let sizes: (Size, Size) =
        switch kind {
        case .sizeGrows: (2, .n)
        case .numberGrows: (.n, 4)
        case .bothGrow: (Size("n^(1/2)") ?? .n, Size("n^(1/2)") ?? .n)
        }
      return Attention(
        name, heads: Dimension(name + ".heads", growing: sizes.0), head: Dimension(name + ".head", growing: sizes.1))(
          first)
    case .gain: return first + p.weight(name + ".gain", [own], .constant(0.5)) * tanh(first)
    case .bottleneck(let phi):
      return Dense(name + ".out", to: to)(map(phi, Dense(name + ".in", to: Dimension("small", 3))(tanh(first))))
    case .scalarGate:
      return first * sum(sigmoid(Dense(name, to: Dimension("one", 1))(first)), over: [Axis(Dimension("one", 1))])
    case .gatedBranch(let hidden):
      return first + GLU(name, hidden: Dimension(name + ".hidden", growing: plan.dimensions[hidden].size))(first)
    }
  }

  private func matrix(_ k: Int, _ name: String) -> (from: Axis, weight: Value) {
    let (to, input) = (plan.dimensions[plan.nodes[k].dimension], plan.nodes[k].inputs[0])
    let from = plan.dimensions[plan.nodes[input].dimension]
    let weight = p.weight(
      name, [Axis(to), Axis(from, primes: 1)], .gaussian(Monomial(1, [(from, Rational(-1, 2))])))
    weights[k] = weight
    return (Axis(from), weight)
  }

  private func multiply(_ weight: Value, _ x: Value, over from: Axis, _ primed: Axis, to own: Axis) -> Value {
    contract([rename(x, from, to: primed), weight], to: x.axes.dropLast() + [own])
  }
}

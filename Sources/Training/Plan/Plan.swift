public import TensorPrograms
import Tensors

/// How a program is computed at one width: which instructions, in which order, in which memory.
///
/// Instructions that nothing needs are left out, elementwise ones run together in chains, values share one block of
/// memory by the time that they live, and an optimizer's new values are written over the old ones where nothing reads
/// those any more. It is made by ``PlanDraft/passes``, one after the other.
public struct Plan: Sendable {
  /// Where a value lies.
  enum Place: Sendable, Equatable {
    /// It is not stored: it exists only inside a chain.
    case nowhere
    /// In the buffer of this weight, state or input.
    case source(Int)
    /// In the sum, over several batches, of this node's gradient.
    case accumulated(Int)
    /// It is stored, but its place is not yet decided.
    case undecided
    /// In the shared block, in scalars from its start.
    case shared(offset: Int)
    /// In the block of each part of the batch, in scalars from its start.
    case own(offset: Int)
  }

  enum Work: Sendable {
    case kernel(any Kernel, node: Int, workspace: Place)
    case chain(ElementwiseChain, inputs: [Int], outputs: [Int])
    /// The product that a node is, with the chain that reads it.
    case joined(ProductChain, node: Int, inputs: [Int], outputs: [Int], workspace: Place)
  }

  struct Unit: Sendable {
    var work: Work
    /// The nodes that it computes, and how they fit together.
    var group: Fusion.Group
    /// Nodes that are complete after this unit and were asked for.
    var observed: [Int] = []
    /// Its work on a part of the batch, if it is done in parts.
    var part: PartWork?
  }

  /// What is asked of a plan.
  struct Goal: Hashable, Sendable {
    var updates: Bool
    var loss: Bool
    /// In ascending order.
    var observed: [Int]
    /// Whether gradients are read from their sums over batches instead of being computed.
    var readsAccumulated = false
  }

  var graph: Graph
  var units: [Unit] = []
  /// How the batch is divided, if some units are done in parts.
  var parts: Parts?
  /// Where each node's value lies.
  var places: [Place] = []
  /// The observed values that are sources.
  var observedAtStart: [Int] = []
  /// The inputs of a batch that are read.
  var inputs: [Int] = []
  /// The loss's node, if it is asked for.
  var loss: Int?
  /// The unit after which the loss is known; nil if it is a source or not asked for.
  var lossUnit: Int?
  /// New values that could not be written in place, to be copied over the old ones at the end.
  var copies: [(value: Int, target: Int)] = []
  /// The size of the sums of gradients, in scalars.
  var accumulated = 0
  /// The size of the shared block, in scalars, with the parts' own memory at its end.
  var extent = 0

  /// Its sizes and counts.
  public internal(set) var statistics = Statistics()
}

extension Plan {
  /// By node: the unit that computes it; -1 for a source, an alias and what is not computed.
  func unitOf() -> [Int] {
    var unitOf = [Int](repeating: -1, count: graph.nodes.count)
    for (index, unit) in units.enumerated() { for member in unit.group.members { unitOf[member] = index } }
    return unitOf
  }

  /// The values that a unit may overwrite with its results, since it reads them entry by entry in the order in which it
  /// writes; with the axes that a result must have to do so.
  func replaceable(by unit: Unit) -> [(node: Int, axes: [Axis]?)] {
    switch unit.work {
    case .chain(_, let inputs, _): return replaceable(inputs)
    case .joined(_, let node, let inputs, _, _):
      let operands = graph.nodes[node].operands.map { graph.storage[$0] }
      return replaceable(inputs).filter { !operands.contains($0.node) }
    case .kernel(let kernel, let node, _):
      return kernel.allowsOverwriting ? graph.nodes[node].operands.map { (graph.storage[$0], nil) } : []
    }
  }

  private func replaceable(_ inputs: [Int]) -> [(node: Int, axes: [Axis]?)] {
    let roots = inputs.map { graph.storage[$0] }
    return zip(inputs, roots).filter { _, root in roots.count { $0 == root } == 1 }
      .map { ($1, graph.nodes[$0].axes) }
  }
}

extension Plan.Work {
  /// The nodes that it reads.
  func reads(in graph: Graph) -> [Int] {
    switch self {
    case .kernel(_, let node, _): graph.nodes[node].operands
    case .chain(_, let inputs, _): inputs
    case .joined(_, let node, let inputs, _, _): graph.nodes[node].operands + inputs.filter { $0 != node }
    }
  }

  /// The nodes whose values it may store.
  var results: [Int] {
    switch self {
    case .kernel(_, let node, _): [node]
    case .chain(_, _, let outputs): outputs
    case .joined(_, let node, _, let outputs, _): [node] + outputs
    }
  }

  /// Scratch memory, in scalars.
  var scratch: Int {
    switch self {
    case .kernel(let kernel, _, _): kernel.workspace
    case .joined(let joined, _, _, _, _): joined.workspace
    case .chain: 0
    }
  }

  var multiplyAdds: Int {
    switch self {
    case .kernel(let kernel, _, _): kernel.multiplyAdds
    case .joined(let joined, _, _, _, _): joined.multiplyAdds
    case .chain: 0
    }
  }

  mutating func setWorkspace(_ place: Plan.Place) {
    switch self {
    case .kernel(let kernel, let node, _): self = .kernel(kernel, node: node, workspace: place)
    case .joined(let joined, let node, let inputs, let outputs, _):
      self = .joined(joined, node: node, inputs: inputs, outputs: outputs, workspace: place)
    case .chain: break
    }
  }
}

extension Plan.Unit {
  /// The nodes whose values it may store.
  var results: [Int] { work.results }

  /// The product that its chain reads.
  var product: Int? { if case .joined(_, let node, _, _, _) = work { node } else { nil } }

  /// Scratch memory, in scalars; each part's, if it is done in parts.
  var scratch: Int { (part?.work ?? work).scratch }

  mutating func setWorkspace(_ place: Plan.Place) {
    if part == nil { work.setWorkspace(place) } else { part?.work.setWorkspace(place) }
  }
}

extension Program {
  func isInput(_ node: Int) -> Bool {
    instructions[node].role.isData
  }

  /// Whether it outlives a step: a weight or a state.
  func isKept(_ node: Int) -> Bool {
    instructions[node].role.isKept
  }
}

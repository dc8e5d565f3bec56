import TensorPrograms
import Tensors

extension Plan {
  /// Sizes and counts of a plan.
  public struct Statistics: Sendable, Equatable, CustomStringConvertible {
    /// Instructions of the program, those of them that are computed, and those that are computed again later.
    public var instructions = 0, computed = 0, recomputed = 0
    /// Passes over memory: kernels, and chains of elementwise instructions and of those along rows.
    public var kernels = 0, chains = 0
    /// Instructions in those chains.
    public var fused = 0
    /// Scalars of weights and states, and of inputs.
    public var weights = 0, inputs = 0
    /// Scalars of the memory shared by all other values, and what they would take without sharing.
    public var shared = 0, unshared = 0
    /// New values of weights and states that are written over the old ones, and all of them.
    public var inPlace = 0, updates = 0
    /// Multiplications with an addition in the matrix products.
    public var multiplyAdds = 0
    /// Scalars that go between the units and memory if each reads its operands and writes its results once.
    public var moved = 0
    /// Scalars of weights and states alone, each read once and each new value written once.
    public var weightsMoved = 0

    public var description: String {
      "\(computed) of \(instructions) instructions\(recomputed > 0 ? ", \(recomputed) of them twice" : ""): \(kernels) kernels, \(fused) fused in \(chains) chains; "
        + "\(weights) scalars of weights and states, \(inPlace) of \(updates) updated in place; "
        + "\(shared) scalars of shared memory instead of \(unshared)"
    }
  }

  mutating func count(_ fusion: Fusion, _ needed: [Bool], updates: Int) {
    statistics.instructions = graph.program.instructions.count
    statistics.recomputed = graph.recomputed.count { fusion.unitOf[$0] >= 0 }
    statistics.computed = graph.nodes.indices.count { needed[$0] && fusion.unitOf[$0] >= 0 } - statistics.recomputed
    for unit in fusion.units where !unit.members.isEmpty {
      if unit.isChain {
        statistics.chains += 1
        statistics.fused += unit.members.count
      } else {
        statistics.kernels += 1
      }
    }
    for node in graph.program.instructions.indices {
      let count = graph.nodes[node].shape.count
      if graph.program.isInput(node) { statistics.inputs += count }
      if graph.program.isKept(node) { statistics.weights += count }
    }
    for unit in units {
      let cost = cost(of: unit)
      statistics.multiplyAdds += cost.multiplyAdds
      statistics.moved += cost.moved
    }
    statistics.moved += copies.reduce(0) { $0 + 2 * graph.nodes[$1.target].shape.count }
    statistics.weightsMoved = graph.program.instructions.indices.reduce(0) { sum, node in
      guard needed[node], graph.program.isKept(node) else { return sum }
      return sum + graph.nodes[node].shape.count
    }
    if updates > 0 {
      statistics.weightsMoved += graph.program.updates.reduce(0) { $0 + graph.nodes[$1.target.index].shape.count }
    }
    statistics.shared = extent
    statistics.updates = updates
    statistics.inPlace = updates - copies.count
  }
}

extension Plan {
  /// What a unit computes: matrix products (elementwise work behind them counts with them), a chain of elementwise
  /// instructions, sums and maxima, or anything else.
  public enum Kind: String, Sendable, Codable, CaseIterable { case product, chain, reduction, other }

  /// A unit's multiplications with an addition, and the scalars that it reads and writes, each value once.
  func cost(of unit: Unit) -> (multiplyAdds: Int, moved: Int) {
    let (read, written) = (reads(unit), writes(unit))
    let operands = Set(read.map { graph.storage[$0] })
    let moved = (operands.sorted() + written).reduce(0) { $0 + graph.nodes[$1].shape.count }
    return (multiplyAdds(of: unit), moved)
  }

  private func multiplyAdds(of unit: Unit) -> Int {
    switch unit.work {
    case .kernel(let kernel, _, _): kernel.multiplyAdds
    case .joined(let joined, _, _, _, _): joined.multiplyAdds
    case .chain, .waiting: 0
    }
  }

  func kind(of unit: Unit) -> Kind {
    switch unit.work {
    case .kernel(let kernel, _, _): kernel.multiplyAdds > 0 ? .product : kernel.isReduction ? .reduction : .other
    case .joined: .product
    case .chain, .waiting: .chain
    }
  }

  /// The names of what a unit writes.
  func label(of unit: Unit) -> String { writes(unit).map { graph.nodes[$0].name }.joined(separator: ", ") }

  private func reads(_ unit: Unit) -> [Int] {
    switch unit.work {
    case .kernel(_, let node, _): graph.nodes[node].operands
    case .chain(_, let inputs, _): inputs
    case .joined(_, let node, let inputs, _, _): graph.nodes[node].operands + inputs.filter { $0 != node }
    case .waiting: []
    }
  }

  private func writes(_ unit: Unit) -> [Int] { unit.results.filter { places[$0] != .nowhere } }
}

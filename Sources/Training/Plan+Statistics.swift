import TensorPrograms

extension Plan {
  /// Sizes and counts of a plan.
  public struct Statistics: Sendable, Equatable, CustomStringConvertible {
    /// Instructions of the program, and those of them that are computed.
    public var instructions = 0, computed = 0
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

    public var description: String {
      "\(computed) of \(instructions) instructions: \(kernels) kernels, \(fused) fused in \(chains) chains; "
        + "\(weights) scalars of weights and states, \(inPlace) of \(updates) updated in place; "
        + "\(shared) scalars of shared memory instead of \(unshared)"
    }
  }

  mutating func count(_ fusion: Fusion, _ needed: [Bool], updates: Int) {
    statistics.instructions = graph.program.instructions.count
    statistics.computed = graph.nodes.indices.count { needed[$0] && fusion.unitOf[$0] >= 0 }
    for unit in fusion.units where !unit.members.isEmpty {
      if unit.isChain {
        statistics.chains += 1
        statistics.fused += unit.members.count
      } else {
        statistics.kernels += 1
      }
    }
    for (node, instruction) in graph.program.instructions.enumerated() {
      let count = graph.nodes[node].shape.count
      if graph.program.isInput(node) { statistics.inputs += count }
      if instruction.primitive is Weight || instruction.primitive is OptimizerState {
        statistics.weights += count
      }
    }
    statistics.shared = extent
    statistics.updates = updates
    statistics.inPlace = updates - copies.count
  }
}

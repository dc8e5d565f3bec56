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
    /// Scalars that are moved between memory and the units, if each unit reads its operands and writes its results
    /// once.
    public var moved = 0
    /// Scalars that are moved if only each weight and state is read once and each new value is written once.
    public var weightsMoved = 0

    public var description: String {
      "\(computed) of \(instructions) instructions\(recomputed > 0 ? ", \(recomputed) of them twice" : ""): \(kernels) kernels, \(fused) fused in \(chains) chains; "
        + "\(weights) scalars of weights and states, \(inPlace) of \(updates) updated in place; "
        + "\(shared) scalars of shared memory instead of \(unshared)"
    }
  }
}

extension Plan {
  /// What a unit computes: matrix products (elementwise work behind them counts with them), a chain of elementwise
  /// instructions, sums and maxima, or anything else.
  public enum Kind: String, Sendable, Codable, CaseIterable { case product, chain, reduction, other }

  /// A unit's multiplications with an addition, and the scalars that it reads and writes, each value once.
  func cost(of unit: Unit) -> (multiplyAdds: Int, moved: Int) {
    let operands = Set(unit.work.reads(in: graph).map { graph.storage[$0] })
    let moved = (operands.sorted() + writes(unit)).reduce(0) { $0 + graph.nodes[$1].shape.count }
    return (unit.work.multiplyAdds, moved)
  }

  func kind(of unit: Unit) -> Kind {
    switch unit.work {
    case .kernel(let kernel, _, _): kernel.multiplyAdds > 0 ? .product : kernel.isReduction ? .reduction : .other
    case .joined: .product
    case .chain: .chain
    }
  }

  /// The names of what a unit writes.
  func label(of unit: Unit) -> String { writes(unit).map { graph.nodes[$0].name }.joined(separator: ", ") }

  private func writes(_ unit: Unit) -> [Int] { unit.results.filter { places[$0] != .nowhere } }
}

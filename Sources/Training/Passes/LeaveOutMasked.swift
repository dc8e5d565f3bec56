import TensorPrograms
import Tensors

/// Lets products leave out terms that a causal mask has made zero, and entries that a causal mask will hide.
struct LeaveOutMasked: PlanPass {
  func run(_ draft: inout PlanDraft) {
    draft.plan.graph.leaveOutMasked(needed: draft.needed, keeping: draft.kept)
  }
}

/// The entries, of a value with both axes, whose key is greater than their query.
private struct Mask: Hashable {
  var query: Axis, key: Axis
}

/// The entries, by node, that causal masks make constant.
private struct Masks {
  let graph: Graph
  /// Entries that are all zero, and those that are all minus infinity.
  private(set) var zero: [Mask?] = []
  private var infinite: [Mask?] = []
  private var readers: [[Int]]
  private let kept: Set<Int>

  init(_ graph: Graph, needed: [Bool], keeping kept: Set<Int>) {
    (self.graph, self.kept) = (graph, kept)
    readers = [[Int]](repeating: [], count: graph.nodes.count)
    for node in graph.nodes.indices {
      let operands = graph.nodes[node].operands
      if needed[node] { for operand in operands { readers[operand].append(node) } }
      zero.append(zeros(node, operands))
      infinite.append(infinities(node))
    }
  }

  var all: Set<Mask> { Set((zero + infinite).compactMap { $0 }) }

  private func zeros(_ node: Int, _ operands: [Int]) -> Mask? {
    switch graph.nodes[node].lowering {
    case .kernel(let kernel):
      switch kernel.masking {
      case .fills(let query, let key, with: 0): mask(node, query, key)
      case .exponentials: infinite[operands[0]]
      default: nil
      }
    case .alias: zero[operands[0]].flatMap { renamed($0, from: operands[0], to: node) }
    case .elementwise(let operation):
      switch operation(Array(operands.indices)) {
      case .product(let factors): factors.lazy.compactMap { zero[operands[$0]] }.first
      case .combination(let terms, offset: .constant(0)):
        terms.first.flatMap { first in
          let mask = zero[operands[first.register]]
          return terms.allSatisfy { zero[operands[$0.register]] == mask } ? mask : nil
        }
      default: nil
      }
    default: nil
    }
  }

  private func infinities(_ node: Int) -> Mask? {
    guard case .kernel(let kernel) = graph.nodes[node].lowering,
      case .fills(let query, let key, with: -Double.infinity)? = kernel.masking
    else { return nil }
    return mask(node, query, key)
  }

  private func mask(_ node: Int, _ query: Int, _ key: Int) -> Mask {
    Mask(query: graph.nodes[node].axes[query], key: graph.nodes[node].axes[key])
  }

  private func renamed(_ mask: Mask, from: Int, to: Int) -> Mask? {
    let (old, new) = (graph.nodes[from].axes, graph.nodes[to].axes)
    guard old.count == new.count, let query = old.firstIndex(of: mask.query), let key = old.firstIndex(of: mask.key)
    else { return nil }
    return Mask(query: new[query], key: new[key])
  }

  /// Whether no result depends on a value's masked entries.
  func hides(_ node: Int, _ mask: Mask) -> Bool {
    guard !kept.contains(graph.storage[node]), !readers[node].isEmpty else { return false }
    return readers[node].allSatisfy { reader in
      let (lowering, operands) = (graph.nodes[reader].lowering, graph.nodes[reader].operands)
      // Another operand is zero there, and so is the product, whatever the entry is.
      let isErased = operands.contains { $0 != node && zero[$0] == mask }
      switch lowering {
      case .kernel(let kernel):
        if kernel.multipliesOperands { return isErased }
        guard case .fills(let query, let key, _)? = kernel.masking else { return false }
        return self.mask(reader, query, key) == mask
      case .elementwise(let operation):
        if case .product = operation(Array(operands.indices)), isErased { return true }
        return graph.nodes[reader].axes == graph.nodes[node].axes && hides(reader, mask)
      default: return false
      }
    }
  }
}

extension Graph {
  /// Replaces kernels. `kept`: nodes all of whose entries are wanted.
  fileprivate mutating func leaveOutMasked(needed: [Bool], keeping kept: Set<Int>) {
    let masks = Masks(self, needed: needed, keeping: kept)
    let all = masks.all
    if all.isEmpty { return }
    for node in nodes.indices where needed[node] {
      guard case .kernel(let kernel) = nodes[node].lowering, kernel.multipliesOperands else { continue }
      for (position, operand) in nodes[node].operands.enumerated() {
        guard let mask = masks.zero[operand], let places = places(of: mask, in: operand),
          let less = kernel.leavingOut(operand: position, query: places.query, key: places.key)
        else { continue }
        replace(node, by: less)
      }
      for mask in all {
        guard let places = places(of: mask, in: node), masks.hides(node, mask),
          let less = kernel.leavingOut(operand: nil, query: places.query, key: places.key)
        else { continue }
        replace(node, by: less)
      }
    }
  }

  private func places(of mask: Mask, in node: Int) -> (query: Int, key: Int)? {
    guard let query = nodes[node].axes.firstIndex(of: mask.query), let key = nodes[node].axes.firstIndex(of: mask.key)
    else { return nil }
    return (query, key)
  }
}

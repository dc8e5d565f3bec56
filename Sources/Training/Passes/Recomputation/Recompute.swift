import TensorPrograms
import Tensors

/// Large values of the forward pass that follow entry by entry from others that the backward pass reads as well are
/// computed again where it reads them, and need no memory in between (Chen et al. 2016, 1604.06174, for what costs
/// least). So of a normalization one value is kept instead of three, and of a nonlinearity its operand alone.
///
/// All of recomputation is here, and without this pass a plan keeps what the program keeps. It saves 64 MiB of a GPT's
/// step at width 1024.
struct Recompute: PlanPass {
  func run(_ draft: inout PlanDraft) { draft.recomputed = draft.plan.graph.recompute(needed: &draft.needed) }
}

extension Graph {
  /// Returns the nodes that it has added.
  fileprivate mutating func recompute(needed: inout [Bool]) -> Range<Int> {
    let roles = recomputation(needed)
    guard roles.contains(.recomputed) else { return 0..<0 }
    let original = order
    var copies: [Int: Int] = [:]
    let count = nodes.count
    order = []
    for node in original {
      if needed[node], storage[node] == node, nodes[node].phase != .forward {
        for (position, operand) in nodes[node].operands.enumerated() where roles[storage[operand]] == .recomputed {
          replace(operand: position, of: node, by: copy(operand, roles, &copies))
        }
      }
      order.append(node)
    }
    needed += [Bool](repeating: true, count: nodes.count - count)
    return count..<nodes.count
  }

  private enum Role {
    /// It is stored until the backward pass.
    case kept
    /// The backward pass reads it, and computes it again.
    case recomputed
    /// The backward pass does not read it, but can compute it again for what it recomputes.
    case passed
    /// The backward pass neither reads it nor can compute it again.
    case absent
  }

  /// The roles of nodes that have memory of their own.
  private func recomputation(_ needed: [Bool]) -> [Role] {
    var isReadLater = [Bool](repeating: false, count: nodes.count)
    for node in order where needed[node] && storage[node] == node && nodes[node].phase != .forward {
      for operand in nodes[node].operands { isReadLater[storage[operand]] = true }
    }
    var roles = [Role](repeating: .absent, count: nodes.count)
    for node in order where storage[node] == node {
      let follows = isElementwise(node) && nodes[node].operands.allSatisfy { roles[storage[$0]] != .absent }
      let isSmall = nodes[node].shape.count < recomputes
      if nodes[node].phase != .forward || isSource(node) || isSmall || isReadLater[node] && !follows {
        roles[node] = .kept
      } else if follows {
        roles[node] = isReadLater[node] ? .recomputed : .passed
      }
    }
    return roles
  }

  /// A node that computes the same value in the backward pass.
  private mutating func copy(_ node: Int, _ roles: [Role], _ copies: inout [Int: Int]) -> Int {
    if let known = copies[node] { return known }
    var copy = nodes[node]
    copy.phase = .backward
    for (position, operand) in copy.operands.enumerated() where roles[storage[operand]] != .kept {
      copy.operands[position] = self.copy(operand, roles, &copies)
    }
    append(copy)
    copies[node] = nodes.count - 1
    return nodes.count - 1
  }
}

import TensorPrograms
import Tensors

extension Graph {
  /// Large values of the forward pass that follow entry by entry from others that the backward pass reads as well are
  /// computed again where it reads them, and need no memory in between (Chen et al. 2016, 1604.06174, for what costs
  /// least). So of a normalization one value is kept instead of three, and of a nonlinearity its operand alone.
  mutating func recompute(needed: inout [Bool]) {
    let roles = recomputation(needed)
    guard roles.contains(.recomputed) else { return }
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
    recomputed = count..<nodes.count
    needed += [Bool](repeating: true, count: recomputed.count)
  }

  private enum Role {
    /// It is there in the backward pass.
    case kept
    /// It is read there, and computed again for it.
    case recomputed
    /// It is not read there, but what is recomputed may need it.
    case passed
    /// It would have to be kept for that.
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

  /// The same value once more, computed from here on.
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

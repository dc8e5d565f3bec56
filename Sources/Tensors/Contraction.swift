/// The sum, over all labels that the result lacks, of the product of the operands (an einsum).
///
///     // q[b, s, h, d] k[b, t, h, d] -> [b, h, s, t]
///     try Contraction(operands: [q, k], result: logits)
///
/// Pairs of operands become matrix products on the tensors as they lie wherever their axes allow it; three operands or
/// more are taken in pairs, the smallest intermediate result first. Products without a sum go entry by entry.
public struct Contraction: Kernel {
  private let operands: [Shape]
  private let result: Shape
  private let triangle: Triangle?
  private let steps: [Step]
  private let isEmpty: Bool
  public let workspace: Int
  public let multiplyAdds: Int

  /// One pair, sum or product: values are numbered, the operands first, then the result of each step.
  private final class Step: Sendable {
    enum Work: Sendable {
      case reduce(Reduction)
      case multiply(ElementwiseChain)
      case pair(PairProduct)
    }
    let work: Work
    let operands: [Int]
    /// Where its result and its own scratch lie in the workspace; the last step writes the kernel's result.
    let place: Int
    let scratch: Int

    init(_ work: Work, _ operands: [Int], place: Int, scratch: Int) {
      (self.work, self.operands, self.place, self.scratch) = (work, operands, place, scratch)
    }
  }

  /// Throws ``KernelError`` if one label has two sizes, or the result has a label that no operand has.
  public init(operands: [Shape], result: Shape) throws(KernelError) {
    try self.init(operands: operands, result: result, leavingOut: nil)
  }

  private init(operands: [Shape], result: Shape, leavingOut triangle: Triangle?) throws(KernelError) {
    (self.operands, self.result, self.triangle) = (operands, result, triangle)
    try result.check()
    guard !operands.isEmpty else { throw .operandCount(expected: 1, given: 0) }
    for operand in operands {
      try operand.check()
      for other in operands + [result] {
        for (label, size) in zip(operand.labels, operand.sizes) {
          if let otherSize = other.size(label), otherSize != size { throw .sizeMismatch(label: label, size, otherSize) }
        }
      }
    }
    for label in result.labels where !operands.contains(where: { $0.contains(label) }) { throw .unknownLabel(label) }
    isEmpty = operands.contains { $0.count == 0 }

    var planner = Planner(operands: operands, result: result, triangle: operands.count == 2 ? triangle : nil)
    if !isEmpty { try planner.plan() }
    var steps: [Step] = []
    var used = 0
    func reserve(_ count: Int) -> Int {
      defer { used += (count + 15) & ~15 }
      return used
    }
    for planned in planner.steps {
      let place = reserve(planned.shape?.count ?? 0)
      var scratch = 0
      if case .pair(let product) = planned.work { scratch = reserve(product.workspace) }
      steps.append(Step(planned.work, planned.operands, place: place, scratch: scratch))
    }
    self.steps = steps
    workspace = used
    multiplyAdds = planner.multiplyAdds
  }

  public var rowOperation: (operation: RowOperation, columns: Int?)? { (.sum, nil) }
  public var multipliesOperands: Bool { true }

  public func leavingOut(operand: Int?, query: Int, key: Int) -> (any Kernel)? {
    let labels = (operand.map { operands[$0] } ?? result).labels
    let triangle = Triangle(operand: operand, query: labels[query], key: labels[key])
    return try? Contraction(operands: operands, result: result, leavingOut: triangle)
  }

  public func joined(with chain: ElementwiseChain, position: Int) -> ProductChain? {
    ProductChain(self, chain, position: position)
  }

  public func part(of operand: Int, parts: Int) -> (any Kernel)? {
    guard let label = operands[operand].labels.first, triangle?.query != label, triangle?.key != label,
      let result = result.part(of: label, parts: parts),
      case let operands = operands.compactMap({ $0.part(of: label, parts: parts) }),
      operands.count == self.operands.count
    else { return nil }
    return try? Contraction(operands: operands, result: result, leavingOut: triangle)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    guard inputs.count == operands.count else { throw .operandCount(expected: operands.count, given: inputs.count) }
    guard !isEmpty else { return Vector.fill(output, result.count, 0) }
    let scratch = self.workspace == 0 ? output : try needed(workspace, self.workspace)
    for (i, step) in steps.enumerated() {
      let target = i == steps.count - 1 ? output : scratch + step.place
      let first = try value(step.operands[0], inputs, scratch)
      switch step.work {
      case .reduce(let reduction): try reduction.reduce(first, into: target, threads: threads)
      case .multiply(let chain):
        try withUnsafeTemporaryAllocation(of: UnsafePointer<T>.self, capacity: step.operands.count) {
          (operands) throws(KernelError) in
          for (k, number) in step.operands.enumerated() {
            operands.initializeElement(at: k, to: try value(number, inputs, scratch))
          }
          var target = target
          try withUnsafePointer(to: &target) { (target) throws(KernelError) in
            try chain.run(
              UnsafeBufferPointer(operands), UnsafeBufferPointer(start: target, count: 1), scalars: [],
              threads: threads)
          }
        }
      case .pair(let product):
        let second = try value(step.operands[1], inputs, scratch)
        try product.run(first, second, into: target, scratch: scratch + step.scratch, threads: threads)
      }
    }
  }

  /// An operand or the result of a step, by its number.
  @inline(__always)
  private func value<T: Element>(_ number: Int, _ inputs: [Operand<T>], _ scratch: UnsafeMutablePointer<T>)
    throws(KernelError) -> UnsafePointer<T>
  {
    if number < operands.count { return try values(inputs, number, of: operands.count) }
    return UnsafePointer(scratch + steps[number - operands.count].place)
  }

  /// The matrix product of the two operands as they lie, if that is the whole contraction; nil if not.
  var onlyProduct: MatrixPlan? {
    guard steps.count == 1, operands.count == 2, steps[0].operands == [0, 1], case .pair(let product) = steps[0].work
    else { return nil }
    return product.onlyProduct
  }

  /// Chooses the order of pairs.
  private struct Planner {
    /// The values that are still to be multiplied: their numbers and shapes.
    var open: [(number: Int, shape: Shape)]
    let result: Shape
    let triangle: Triangle?
    var next: Int
    /// The shape is nil for the last step.
    var steps: [(work: Step.Work, operands: [Int], shape: Shape?)] = []
    var multiplyAdds = 0

    init(operands: [Shape], result: Shape, triangle: Triangle?) {
      self.triangle = triangle
      open = operands.enumerated().map { ($0, $1) }
      self.result = result
      next = operands.count
    }

    private func isNeeded(_ label: Label, besides excluded: [Int]) -> Bool {
      result.contains(label) || open.indices.contains { !excluded.contains($0) && open[$0].shape.contains(label) }
    }

    private mutating func record(_ work: Step.Work, _ positions: [Int], _ shape: Shape) {
      steps.append((work, positions.map { open[$0].number }, shape))
      let numbers = positions.map { open[$0].number }
      open.removeAll { numbers.contains($0.number) }
      open.append((next, shape))
      next += 1
    }

    mutating func plan() throws(KernelError) {
      if open.count == 1 {
        record(.reduce(try Reduction(.sum, operand: open[0].shape, result: result)), [0], result)
        return close()
      }
      // An axis that only one operand has, and the result lacks, is summed there.
      for number in open.map(\.number) {
        guard let i = open.firstIndex(where: { $0.number == number }) else { continue }
        let shape = open[i].shape
        let kept = shape.selecting(shape.labels.filter { isNeeded($0, besides: [i]) })
        if kept.count < shape.count {
          record(.reduce(try Reduction(.sum, operand: shape, result: kept)), [i], kept)
        }
      }
      if open.allSatisfy({ $0.shape.labels.allSatisfy(result.contains) }) {
        let all = Array(open.indices)
        record(try multiplication(all, into: result), all, result)
        return close()
      }
      while open.count > 2 {
        let (i, j) = cheapestPair()
        let shape = product(i, j)
        record(try work(i, j, into: shape), [i, j], shape)
      }
      record(try work(0, 1, into: result), [0, 1], result)
      close()
    }

    private mutating func close() { steps[steps.count - 1].shape = nil }

    private func multiplication(_ positions: [Int], into shape: Shape) throws(KernelError) -> Step.Work {
      .multiply(
        try ElementwiseChain(
          space: shape, inputs: positions.map { open[$0].shape }, operations: [.product(Array(positions.indices))],
          outputs: [positions.count]))
    }

    private mutating func work(_ i: Int, _ j: Int, into shape: Shape) throws(KernelError) -> Step.Work {
      let summed = (open[i].shape.labels + open[j].shape.labels).contains { !shape.contains($0) }
      if !summed { return try multiplication([i, j], into: shape) }
      let own = open[j].shape.labels.filter { !open[i].shape.contains($0) }
      let product = try PairProduct(open[i].shape, open[j].shape, result: shape, leavingOut: triangle)
      multiplyAdds += open[i].shape.count * open[j].shape.selecting(own).count / (product.skips ? 2 : 1)
      return .pair(product)
    }

    /// The product of a pair: matched axes, then the first's own, then the second's own, without those to be summed.
    private func product(_ i: Int, _ j: Int) -> Shape {
      let (a, b) = (open[i].shape, open[j].shape)
      let needed = a.labels.filter { isNeeded($0, besides: [i, j]) }
      let own = b.labels.filter { !a.contains($0) && isNeeded($0, besides: [i, j]) }
      let labels = needed.filter { b.contains($0) } + needed.filter { !b.contains($0) } + own
      return Shape(unchecked: labels, sizes: labels.map { a.size($0) ?? b.size($0) ?? 1 })
    }

    /// The pair whose result is smallest compared with the pair itself; among equals, the fewest multiplications.
    private func cheapestPair() -> (Int, Int) {
      var best = (0, 1)
      var bestCost = (Double.infinity, Double.infinity)
      for i in open.indices {
        for j in open.indices where j > i {
          let (a, b) = (open[i].shape, open[j].shape)
          let work = a.count * b.labels.filter { !a.contains($0) }.map { b.size($0) ?? 1 }.product
          let cost = (Double(product(i, j).count - a.count - b.count), Double(work))
          if cost < bestCost { (best, bestCost) = ((i, j), cost) }
        }
      }
      return best
    }
  }
}

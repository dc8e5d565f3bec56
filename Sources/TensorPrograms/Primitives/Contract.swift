import Tensors

/// An n-ary contraction by the names of axes (Einstein's convention): the product of the operands, summed over every
/// axis that the result does not have. A matrix product, an attention score, a gradient's outer product and, with
/// nothing summed, the entrywise product.
public struct Contract: Primitive {
  public static let mnemonic = "contract"
  public static let otherNames = [
    "matmul", "mm", "bmm", "mv", "einsum", "dot", "mul", "multiply", "linear", "dense", "outer", "hadamard", "prod",
  ]
  public var role: Role { .contraction }
  public init() {}
  public init(reading attributes: AttributeReader) throws { self.init() }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let result = try declaredAxes(declared)
    guard !operands.isEmpty else { throw ShapeProblem("there is nothing to contract") }
    for axis in result where !operands.contains(where: { $0.contains(axis) }) {
      throw ShapeProblem("no operand has the axis \"\(axis.name)\" that the result shall have")
    }
    for (i, axes) in operands.enumerated() {
      for axis in axes where !result.contains(axis) && operands.count > 1 {
        guard operands.enumerated().contains(where: { $0.offset != i && $0.element.contains(axis) }) else {
          throw loneAxis(axis, of: i, operands, result)
        }
      }
    }
    return result
  }

  /// An axis is to be summed that only one operand has: most often two names for one thing.
  private func loneAxis(_ axis: Axis, of i: Int, _ operands: [[Axis]], _ result: [Axis]) -> ShapeProblem {
    for (j, axes) in operands.enumerated() where j != i {
      let partner = axes.first {
        $0.dimension.size == axis.dimension.size && !result.contains($0) && !operands[i].contains($0)
      }
      guard let partner else { continue }
      return ShapeProblem { names in
        "\"\(axis.name)\" of \(names[i]) is summed, but \(names[j]) does not have it; if it is the \"\(partner.name)\" "
          + "of \(names[j]), rename one of them, else keep it in the result"
      }
    }
    return ShapeProblem { names in
      "\"\(axis.name)\" of \(names[i]) is summed, but no other operand has it; keep it in the result, or sum over it first"
    }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    operands.indices.map { i in
      let others = operands.indices.filter { $0 != i }.map { operands[$0] } + [cotangent]
      let wanted = operands[i].axes
      let reachable = wanted.filter { axis in others.contains { $0.axes.contains(axis) } }
      return expand(contract(others, to: reachable), to: wanted)
    }
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.contract(operands, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    if Set(operands.joined()) == Set(result) { return .elementwise { .product($0) } }
    let (shapes, target, _) = try binding.shapes(operands, result)
    return .kernel(try Contraction(operands: shapes, result: target))
  }
}

/// Sums the product of the operands over every axis that is not in `axes` (Einstein's convention by name).
public func contract(_ operands: [Value], to axes: [Axis]) -> Value {
  operands[0].recorder.record(Contract(), operands, axes: axes)
}

/// Contracts over the named axes and keeps the others, in the order of the operands.
public func contract(_ a: Value, _ b: Value, over axes: [Axis]) -> Value {
  contract([a, b], to: union(a.axes, b.axes).filter { !axes.contains($0) })
}

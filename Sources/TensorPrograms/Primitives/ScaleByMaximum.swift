import Exact
import Tensors

/// The largest of some numbers times a value, each a constant times powers of dimensions: `max(1, rows/columns)`.
public struct ScaleByMaximum: Primitive {
  public static let mnemonic = "scalemax"
  public var role: Role { .linear }
  public let factors: [Monomial]

  public init(_ factors: [Monomial]) { self.factors = factors }
  public init(reading attributes: AttributeReader) throws { factors = try attributes.monomials("by") }
  public var attributes: [Attribute] { [Attribute("by", factors.map(\.description).joined(separator: ", "))] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    guard !factors.isEmpty else { throw ShapeProblem("there are no numbers to take the largest of") }
    return try sameAxes(operands)
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(self, [cotangent])]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    // At large width it is the one that grows fastest.
    let largest = factors.max { $0.growth < $1.growth } ?? Monomial()
    return try reading.scale(operands[0], by: largest, nil, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    let factor = try factors.map { try $0.value(at: binding.width) }.max() ?? 1
    return .elementwise { .combination([(coefficient: .constant(factor), register: $0[0])], offset: 0) }
  }
}

/// The largest of `factors` times x.
package func scale(_ x: Value, byLargestOf factors: [Monomial]) -> Value {
  guard let first = factors.first, factors.contains(where: { $0 != first }) else {
    return factors.first.map { $0 == Monomial() ? x : scale(x, by: $0) } ?? x
  }
  return x.recorder.record(ScaleByMaximum(factors), [x])
}

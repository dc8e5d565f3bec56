import Tensors

/// A sum of operands, each times a number, broadcast by the names of axes.
public struct Add: Primitive {
  public static let mnemonic = "add"
  public static let otherNames = ["plus", "residual"]
  public var role: Role { .sum(times: coefficients) }
  public let coefficients: [Double]

  public init(_ coefficients: [Double]) { self.coefficients = coefficients }

  public init(reading attributes: AttributeReader) throws { coefficients = try attributes.numbers("times") ?? [] }

  public var attributes: [Attribute] {
    coefficients.allSatisfy { $0 == 1 }
      ? [] : [Attribute("times", coefficients.map(\.shortest).joined(separator: ", "))]
  }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    guard !operands.isEmpty else { throw ShapeProblem("there is nothing to add") }
    guard coefficients.isEmpty || coefficients.count == operands.count else {
      throw ShapeProblem("\(coefficients.count) numbers for \(operands.count) operands")
    }
    guard let widest = operands.max(by: { $0.count < $1.count }) else { return [] }
    let result = declared ?? widest
    for axes in operands {
      if let extra = axes.first(where: { !result.contains($0) }) {
        throw ShapeProblem(
          "the axis \"\(extra.name)\" is missing in \(result.bracketed); rename it, or sum over it first")
      }
    }
    if let extra = result.first(where: { axis in !operands.contains { $0.contains(axis) } }) {
      throw ShapeProblem("no operand has the axis \"\(extra.name)\" that the result shall have")
    }
    return result
  }

  private func coefficient(_ i: Int) -> Double { coefficients.isEmpty ? 1 : coefficients[i] }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    operands.enumerated().map { i, operand in
      let part = sum(cotangent, keeping: operand.axes)
      return coefficient(i) == 1 ? part : coefficient(i) * part
    }
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.add(operands, times: coefficients, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) -> Lowering {
    let numbers = operands.indices.map(coefficient)
    return .elementwise { registers in
      .combination(zip(numbers, registers).map { (coefficient: .constant($0), register: $1) }, offset: 0)
    }
  }
}

extension Instruction {
  /// `a - b`, both with these axes.
  static func difference(_ a: ValueID, _ b: ValueID, axes: [Axis], named name: String) -> Instruction {
    Instruction(primitive: Add([1, -1]), operands: [a, b], axes: axes, name: name)
  }
}

/// The sum of values, each times a number, broadcast by the names of axes.
func add(_ values: [Value], times coefficients: [Double], to axes: [Axis]? = nil, name: String? = nil) -> Value {
  values[0].recorder.record(Add(coefficients), values, axes: axes, name: name)
}

/// The sum of values of the same shape.
package func total(_ values: [Value]) -> Value {
  values.count == 1 ? values[0] : add(values, times: values.map { _ in 1 })
}

import Tensors

/// Rows of a table along one of its axes, by number: an embedding, or the logit of a label. Axes that the table and
/// the numbers share are matched.
public struct Gather: Primitive {
  public static let mnemonic = "gather"
  public static let otherNames = ["embedding", "lookup", "take", "index_select", "take_along_axis"]
  public var role: Role { .linear }
  public let along: Axis

  public init(along: Axis) { self.along = along }
  public init(reading attributes: AttributeReader) throws { along = try attributes.oneAxis("along") }
  public var attributes: [Attribute] { [Attribute("along", along.name)] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(2, operands)
    guard operands[0].contains(along) else { throw ShapeProblem("the table has no axis named \"\(along.name)\"") }
    guard !operands[1].contains(along) else {
      throw ShapeProblem("the numbers have the axis \"\(along.name)\" themselves")
    }
    return operands[1] + operands[0].filter { $0 != along && !operands[1].contains($0) }
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Scatter(along: along), [cotangent, operands[1]], axes: operands[0].axes), nil]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.gather(operands[0], along: along, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, target, labels) = try binding.shapes(operands, result)
    return .kernel(
      try GatherKernel(table: shapes[0], indices: shapes[1], result: target, along: labels[along]))
  }
}

/// The transpose of ``Gather``: adds rows into a table of zeros.
public struct Scatter: Primitive {
  public static let mnemonic = "scatter"
  public static let otherNames = ["scatter_add", "index_add", "segment_sum"]
  public var role: Role { .linear }
  public let along: Axis

  public init(along: Axis) { self.along = along }
  public init(reading attributes: AttributeReader) throws { along = try attributes.oneAxis("along") }
  public var attributes: [Attribute] { [Attribute("along", along.name)] }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    try expect(2, operands)
    let result = try declaredAxes(declared)
    guard result.contains(along) else { throw ShapeProblem("the result has no axis named \"\(along.name)\"") }
    if let missing = result.first(where: { $0 != along && !operands[0].contains($0) }) {
      throw ShapeProblem("no row has the axis \"\(missing.name)\"")
    }
    if let missing = operands[1].first(where: { !operands[0].contains($0) }) {
      throw ShapeProblem("the rows lack the numbers' axis \"\(missing.name)\"")
    }
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Gather(along: along), [cotangent, operands[1]]), nil]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.scatter(operands[0], along: along, at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    var (shapes, target, labels) = try binding.shapes(operands, result)
    return .kernel(
      try ScatterKernel(rows: shapes[0], indices: shapes[1], result: target, along: labels[along]))
  }
}

/// Rows of `table` along one of its axes, by number: an embedding, or the logit of a label.
public func gather(_ table: Value, _ indices: Value, along axis: Axis) -> Value {
  table.recorder.record(Gather(along: axis), [table, indices])
}

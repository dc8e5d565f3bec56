public import TensorPrograms
import Tensors

/// One instruction of a program, computed at a width on operands that are given, on one thread.
///
///     let evaluator = try InstructionEvaluator(program, of: contraction.result, width: 256)
///     let product = try evaluator.evaluate([weight, features])
public struct InstructionEvaluator: Sendable {
  private let kernel: (any Kernel)?
  private let count: Int

  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at this width; what the
  /// primitive throws for sizes that it cannot compute with.
  public init(_ program: Program, of value: ValueID, width: Int) throws {
    let instruction = program[value]
    let lowering = try instruction.primitive.lower(
      instruction.operands.map { program[$0].axes }, result: instruction.axes,
      binding: Binding(width: width, scalars: []))
    if case .kernel(let kernel) = lowering { self.kernel = kernel } else { kernel = nil }
    count = try instruction.axes.reduce(1) { try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name) }
  }

  /// The entries of the result, row-major; nil if the instruction is no kernel (it only rearranges memory, or is
  /// computed entry by entry).
  ///
  /// - Parameter operands: Row-major, each with as many entries as its axes have at the width.
  public func evaluate(_ operands: [[Double]]) throws -> [Double]? {
    guard let kernel else { return nil }
    var result = [Double](repeating: 0, count: count)
    var workspace = [Double](repeating: 0, count: max(1, kernel.workspace))
    func run(_ rest: ArraySlice<[Double]>, _ inputs: [Operand<Double>]) throws {
      if let next = rest.first {
        return try next.withUnsafeBufferPointer { entries in
          guard let start = entries.baseAddress else { return }
          try run(rest.dropFirst(), inputs + [.values(start)])
        }
      }
      try result.withUnsafeMutableBufferPointer { result in
        try workspace.withUnsafeMutableBufferPointer { workspace in
          guard let result = result.baseAddress else { return }
          try kernel.run(inputs, into: result, workspace: workspace.baseAddress, threads: 1)
        }
      }
    }
    try run(operands[...], [])
    return result
  }
}

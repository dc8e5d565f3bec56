internal import CVectorMath

/// A fused chain of operations over one space, computed in blocks that stay in the cache: elementwise, and along rows.
///
/// Registers are numbered: the inputs first, then the result of each operation. An input may lack axes of the space
/// (it is repeated along them) and have its own order of axes. Each output is a register, stored contiguously in the
/// space's order of axes.
///
///     // y = tanh(x + bias)
///     let chain = try ElementwiseChain(
///       space: x, inputs: [x, bias],
///       operations: [.combination([(.constant(1), 0), (.constant(1), 1)], offset: 0), .map(.tanh, 2)], outputs: [3])
public struct ElementwiseChain: Sendable {
  let blocks: BlockPlan
  let native: [vm_step]
  let stepExtents: [BlockPlan.Extent]
  /// By step: the function, if it is not one of those in C.
  let others: [UnaryFunction?]
  let hasOther: Bool
  let numbers: [RunNumber]
  /// The register of each output.
  let outputs: [Int]
  let rowOutputs: [Bool]
  let inputCount: Int
  /// Whether each input has the axes of the space in their order.
  let inOrder: [Bool]
  let extents: [BlockPlan.Extent]
  /// Where each register that is computed or packed lies in a thread's scratch, in scalars; -1 for the others.
  let places: [Int]
  let scratch: Int
  /// The last step that reads each input, and the first that writes each output.
  let lastRead: [Int]
  let firstWrite: [Int]

  /// How many run-time scalars `run` reads.
  public let scalarCount: Int

  /// - Parameters:
  ///   - rowAxes: How many axes of the space count rows; the others are its columns, along which operations of rows
  ///     work. Nil if there are no such operations.
  ///   - rowOutputs: Which outputs have one number for each row, in the order of the axes that count them; none if it
  ///     is nil.
  ///
  /// Throws ``KernelError`` if an input has an axis, or a size, that the space has not, or an operation or output names
  /// a register that is not there yet.
  public init(
    space: Shape, rowAxes: Int? = nil, inputs: [Shape], operations: [ElementwiseOperation], outputs: [Int],
    rowOutputs: [Bool]? = nil
  ) throws(KernelError) {
    try space.check()
    for input in inputs {
      try input.check()
      try input.checkSubset(of: space)
    }
    for (i, operation) in operations.enumerated() {
      for register in operation.registers where !(0..<inputs.count + i).contains(register) {
        throw .register(register)
      }
    }
    for register in outputs where !(0..<inputs.count + operations.count).contains(register) {
      throw .register(register)
    }
    blocks = BlockPlan(space, rowAxes: rowAxes, inputs: inputs)
    self.rowOutputs = rowOutputs ?? outputs.map { _ in false }
    inputCount = inputs.count
    let wide = { (shape: Shape) in shape.labels.filter { shape.size($0) != 1 } }
    inOrder = inputs.map { wide($0) == wide(space) }
    let compiler = ChainCompiler(
      operations, inputs: blocks.inputs.map(\.extent), outputs: outputs, rowOutputs: self.rowOutputs)
    let steps = compiler.steps
    (numbers, self.outputs, extents) = (compiler.numbers, compiler.outputs, compiler.extents)
    (native, stepExtents, others) = (steps.map(\.c), steps.map(\.extent), steps.map(\.function))
    hasOther = steps.contains { $0.function != nil }
    lastRead = inputs.indices.map { input in steps.lastIndex { $0.reads.contains(input) } ?? -1 }
    firstWrite = compiler.outputs.map { output in steps.firstIndex { $0.targets.contains(output) } ?? 0 }
    (places, scratch) = Self.place(
      compiler, packed: blocks.inputs.map(\.isPacked), rows: blocks.rows, columns: blocks.columns)
    scalarCount = numbers.flatMap { $0.terms.flatMap(\.scalars) }.max().map { $0 + 1 } ?? 0
  }

  /// A place is free again after the last step that reads it.
  private static func place(
    _ compiler: ChainCompiler, packed: [Bool], rows: Int, columns: Int
  ) -> (places: [Int], extent: Int) {
    var places = [Int](repeating: -1, count: compiler.extents.count)
    var free: [(place: Int, size: Int)] = []
    var end = 0
    func size(_ register: Int) -> Int {
      let count =
        switch compiler.extents[register] {
        case .number: 1
        case .row: rows
        case .column: columns
        case .array: rows * columns
        }
      return ((count + 15) & ~15) + 16
    }
    func take(_ register: Int) {
      let size = size(register)
      if let i = free.firstIndex(where: { $0.size == size }) {
        places[register] = free.remove(at: i).place
      } else {
        places[register] = end
        end += size
      }
    }
    for (input, isPacked) in packed.enumerated() where isPacked { take(input) }
    for (i, step) in compiler.steps.enumerated() {
      for target in step.targets where places[target] < 0 { take(target) }
      for register in Set(step.reads).sorted()
      where places[register] >= 0 && !compiler.outputs.contains(register) && !step.targets.contains(register) {
        if !compiler.steps[(i + 1)...].contains(where: { $0.reads.contains(register) }) {
          free.append((places[register], size(register)))
        }
      }
    }
    return (places, end)
  }
}

/// A fused chain of elementwise operations over one space, computed in blocks that stay in the cache.
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
  let instructions: [Instruction]
  let outputs: [Int]
  let inputCount: Int
  let registerCount: Int
  /// Where each register that is computed or packed lies in a thread's scratch, in blocks.
  let slots: [Int]
  let slotCount: Int
  /// The last instruction that reads each input; later than all if it is an output.
  let lastRead: [Int]

  /// How many run-time scalars `run` reads.
  public let scalarCount: Int

  /// Throws ``KernelError`` if an input has an axis, or a size, that the space has not, or an operation or output names
  /// a register that is not there yet.
  public init(space: Shape, inputs: [Shape], operations: [ElementwiseOperation], outputs: [Int]) throws(KernelError) {
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
    blocks = BlockPlan(space, inputs: inputs)
    self.outputs = outputs
    inputCount = inputs.count
    registerCount = inputs.count + operations.count
    let instructions = Instruction.compile(operations, inputs: blocks.kinds, outputs: outputs)
    self.instructions = instructions
    lastRead = inputs.indices.map { input in
      outputs.contains(input) ? Int.max : instructions.lastIndex { $0.reads.contains(input) } ?? -1
    }
    (slots, slotCount) = Self.assignSlots(instructions, blocks.kinds, registerCount: registerCount, outputs: outputs)
    scalarCount =
      operations.flatMap { operation -> [Int] in
        guard case .combination(let terms, let offset) = operation else { return [] }
        return (terms.map(\.coefficient) + [offset]).map { $0.highestScalar + 1 }
      }.max() ?? 0
  }

  /// A slot is free again after the last instruction that reads it.
  private static func assignSlots(
    _ instructions: [Instruction], _ kinds: [BlockPlan.Kind], registerCount: Int, outputs: [Int]
  ) -> (slots: [Int], count: Int) {
    var slots = [Int](repeating: -1, count: registerCount)
    var free: [Int] = []
    var count = 0
    func take() -> Int {
      if let slot = free.popLast() { return slot }
      count += 1
      return count - 1
    }
    for (input, kind) in kinds.enumerated() where kind == .packed { slots[input] = take() }
    for (i, instruction) in instructions.enumerated() {
      slots[instruction.target] = take()
      for register in Set(instruction.reads).sorted() where slots[register] >= 0 && !outputs.contains(register) {
        if !instructions[(i + 1)...].contains(where: { $0.reads.contains(register) }) { free.append(slots[register]) }
      }
    }
    return (slots, count)
  }
}

/// How a space is cut into blocks: a chunk of one loop times all the loops inside it.
struct BlockPlan: Sendable {
  /// How an input looks inside a block: contiguous, a single number, or neither (then it is packed first).
  enum Kind: Sendable { case direct, splat, packed }
  static let capacity = 1024

  /// Arrays: the inputs.
  let space: Space
  let kinds: [Kind]
  let count: Int
  /// The loop that is cut, the length of its pieces and their number.
  let loop: Int, chunk: Int, chunks: Int
  /// Entries in the loops inside.
  let inner: Int

  init(_ shape: Shape, inputs: [Shape]) {
    var space = Space(shape.labels, sizes: shape.sizes, arrays: inputs + [shape]).collapsed()
    space.strides.removeLast()
    if space.rank == 0 { space = Space(sizes: [1], strides: inputs.map { _ in [0] }) }
    self.space = space
    count = space.count
    var loop = space.rank - 1
    var inner = 1
    if space.sizes[loop] < 256 {
      while loop > 0, inner * space.sizes[loop] * 2 <= Self.capacity {
        inner *= space.sizes[loop]
        loop -= 1
      }
    }
    let size = space.sizes[loop]
    chunk = max(1, min(size, Self.capacity / inner))
    (self.loop, self.inner, chunks) = (loop, inner, (size + chunk - 1) / chunk)
    let cut = chunk
    kinds = space.strides.map { strides in
      var expected = 1
      var isDense = true
      var isSplat = true
      for i in (loop..<space.rank).reversed() where (i == loop ? cut : space.sizes[i]) > 1 {
        if strides[i] != expected { isDense = false }
        if strides[i] != 0 { isSplat = false }
        expected *= space.sizes[i]
      }
      return isSplat ? .splat : isDense ? .direct : .packed
    }
  }

  /// The longest block.
  var length: Int { chunk * inner }
  var number: Int { count == 0 ? 0 : Array(space.sizes[..<loop]).product * chunks }

  /// The iterations of the cut loop in a block, and the block's place in the space.
  @inline(__always)
  func block(_ index: Int) -> (steps: Int, start: Int) {
    let outer = index / chunks
    let first = index % chunks * chunk
    return (min(chunk, space.sizes[loop] - first), (outer * space.sizes[loop] + first) * inner)
  }

  /// Where an input's part of a block begins.
  @inline(__always)
  func offset(_ input: Int, _ index: Int) -> Int {
    var outer = index / chunks
    var offset = index % chunks * chunk * space.strides[input][loop]
    var i = loop - 1
    while i >= 0 {
      offset += outer % space.sizes[i] * space.strides[input][i]
      outer /= space.sizes[i]
      i -= 1
    }
    return offset
  }

  /// Copies an input's part of a block, entry after entry.
  func pack<T: Element>(_ input: Int, _ x: Source<T>, steps: Int, to y: Target<T>) {
    let last = space.rank - 1
    let strides = space.strides[input]
    let length = loop == last ? steps : space.sizes[last]
    let rows = steps * inner / length
    var y = y
    if last - loop <= 1 {
      for row in 0..<rows {
        Vector.copy(x + row * strides[loop], strides[last], y, 1, length)
        y += length
      }
      return
    }
    var sizes = Array(space.sizes[loop..<last])
    sizes[0] = steps
    var walk = Walk(Space(sizes: sizes, strides: [Array(strides[loop..<last])]))
    for _ in 0..<rows {
      Vector.copy(x + walk.offset[0], strides[last], y, 1, length)
      y += length
      walk.advance()
    }
  }
}

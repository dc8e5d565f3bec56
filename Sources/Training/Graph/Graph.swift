import Platform
import TensorPrograms
import Tensors

/// A program at one width: each instruction with its sizes and its lowering.
struct Graph: Sendable {
  enum Phase: Sendable { case forward, backward, step }

  struct Node: Sendable {
    var name: String
    var operands: [Int]
    var axes: [Axis]
    var shape: Shape
    var lowering: Lowering
    var phase: Phase
  }

  let program: Program
  let width: Int
  private(set) var nodes: [Node] = []
  /// The nodes in the order in which they are computed: the program's, with added nodes in their places.
  var order: [Int] = []
  /// By node: the owner of its buffer, which is the node itself or, for an alias, the first node of its chain of
  /// renames.
  private(set) var storage: [Int] = []
  /// The run parameters, by the position at which lowerings refer to them.
  let runParameters: [RunParameter]
  /// The smallest size, in scalars, of a forward value that the backward pass recomputes (``Recompute``). Smaller ones
  /// hardly matter beside the weights, or may still lie in a cache.
  let recomputes: Int

  init(_ program: Program, width: Int, recomputing recomputes: Int = 1 << 20) throws {
    self.program = program
    self.width = width
    self.recomputes = recomputes
    var runParameters: [RunParameter] = []
    for case let parameter? in program.instructions.map({ $0.primitive.runParameter })
    where !runParameters.contains(parameter) { runParameters.append(parameter) }
    self.runParameters = runParameters
    let binding = Binding(width: width, scalars: runParameters)
    var labels = Labels()
    for (i, instruction) in program.instructions.enumerated() {
      try checkSize(instruction)
      let operandAxes = instruction.operands.map { program[$0].axes }
      let lowering: Lowering
      do {
        lowering = try instruction.primitive.lower(operandAxes, result: instruction.axes, binding: binding)
      } catch let error as KernelError {
        throw TrainingError.kernel(
          operation: instruction.primitive.word, name: instruction.name, reason: error.description)
      }
      if case .elementwise = lowering,
        let indices = instruction.operands.first(where: { isIndices(storage[$0.index]) })
      {
        throw TrainingError.kernel(
          operation: instruction.primitive.word, name: instruction.name,
          reason: "\"\(program[indices].name)\" is indices, which only gather and scatter read")
      }
      append(
        Node(
          name: instruction.name, operands: instruction.operands.map(\.index), axes: instruction.axes,
          shape: try binding.shape(instruction.axes, labels: &labels), lowering: lowering,
          phase: program.forward.contains(i) ? .forward : program.backward.contains(i) ? .backward : .step))
    }
  }

  /// Throws if the product of the sizes is too large for any machine, before anything multiplies them.
  private func checkSize(_ instruction: Instruction) throws {
    var count = 1.0
    for axis in instruction.axes {
      count *= Double(try axis.dimension.size.value(at: width, of: axis.dimension.name))
    }
    guard count < 0x1p48 else {
      throw TrainingError.memory(
        program: program.name, width: width, needed: Int(min(count * 4, 0x1p62)), available: SystemMemory.available,
        largest: "\"\(instruction.name)\" \(instruction.axes.bracketed)")
    }
  }

  mutating func append(_ node: Node) {
    var node = node
    // An operand that is not read need not be stored: a derivative is computed from the operand or from the result.
    if case .elementwise(let operation) = node.lowering {
      let (count, used) = (node.operands.count, Set(operation(Array(node.operands.indices)).registers).sorted())
      if used.count < count {
        node.operands = used.map { node.operands[$0] }
        node.lowering = .elementwise { registers in
          var all = [Int](repeating: 0, count: count)
          for (position, register) in zip(used, registers) { all[position] = register }
          return operation(all)
        }
      }
    }
    if case .alias = node.lowering, let operand = node.operands.first {
      storage.append(storage[operand])
    } else {
      storage.append(nodes.count)
    }
    order.append(nodes.count)
    nodes.append(node)
  }

  /// Appends a copy of a value, with the axes of another in their order, to the optimizer's step.
  mutating func appendCopy(of value: Int, like target: Int) -> Int {
    append(
      Node(
        name: nodes[value].name, operands: [value], axes: nodes[target].axes, shape: nodes[target].shape,
        lowering: .elementwise { .combination([(coefficient: .constant(1), register: $0[0])], offset: 0) },
        phase: .step))
    return nodes.count - 1
  }

  /// Computes a node with another kernel that gives the same value.
  mutating func replace(_ node: Int, by kernel: any Kernel) { nodes[node].lowering = .kernel(kernel) }

  /// Replaces one of a node's operands.
  mutating func replace(operand position: Int, of node: Int, by value: Int) { nodes[node].operands[position] = value }

  mutating func makeSource(_ node: Int) { (nodes[node].lowering, nodes[node].operands) = (.source, []) }

  /// Recomputes ``storage``, after nodes have become sources.
  mutating func renewStorage() {
    for node in nodes.indices {
      if case .alias = nodes[node].lowering, let operand = nodes[node].operands.first {
        storage[node] = storage[operand]
      } else {
        storage[node] = node
      }
    }
  }

  mutating func setPhase(of node: Int, _ phase: Phase) { nodes[node].phase = phase }

  func isSource(_ node: Int) -> Bool { if case .source = nodes[node].lowering { true } else { false } }

  func isElementwise(_ node: Int) -> Bool {
    if case .elementwise = nodes[node].lowering { true } else { false }
  }

  /// An operation along the rows of a space: a node with the space's axes, and how many of these count rows.
  struct RowForm {
    var operation: RowOperation
    var space: Int
    var rowAxes: Int
  }

  /// What a kernel does along rows; nil if it does not work along rows, or these do not fit into the nearer caches.
  func rowForm(_ node: Int) -> RowForm? {
    guard case .kernel(let kernel) = nodes[node].lowering,
      let (operation, columns) = kernel.rowOperation,
      let space = operation.reduces
        ? nodes[node].operands.max(by: { nodes[$0].axes.count < nodes[$1].axes.count }) : node
    else { return nil }
    let (axes, sizes) = (nodes[space].axes, nodes[space].shape.sizes)
    let liesInOrder = nodes[node].operands.allSatisfy { operand in
      nodes[operand].axes == axes.filter { nodes[operand].axes.contains($0) }
    }
    func width(_ rowAxes: Int) -> Int { sizes[rowAxes...].reduce(1, *) }
    let rowAxes =
      operation.reduces ? nodes[node].axes.count : sizes.indices.last { width($0) == columns } ?? axes.count
    guard liesInOrder, rowAxes < axes.count, Array(axes.prefix(rowAxes)) == nodes[node].axes || !operation.reduces,
      columns == nil || width(rowAxes) == columns,
      // Fewer columns are not worth a call for each row; one single row would not be shared by threads.
      (8...(rowAxes == 0 ? 4096 : 8192)).contains(width(rowAxes))
    else { return nil }
    return RowForm(operation: operation, space: space, rowAxes: rowAxes)
  }

  func isIndices(_ node: Int) -> Bool {
    node < program.instructions.count && program.instructions[node].role.isIndices
  }
}

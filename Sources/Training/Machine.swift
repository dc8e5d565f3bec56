import TensorPrograms
import Tensors

/// The loss is infinite or not a number.
struct NotFinite: Error {}

/// The memory of one network, and the plans that run on it.
final class Machine<T: Element> {
  let graph: Graph
  let threads: Int
  /// The values of the run parameters, by their position in the graph.
  var scalars: [Double]
  private var plans: [Plan.Goal: Plan] = [:]
  private var bounds: [Plan.Goal: Bound<T>] = [:]
  /// Weights, states and inputs, by node.
  private(set) var sources: [Int: TensorBuffer<T>] = [:]
  private(set) var indices: [Int: UnsafeMutableBufferPointer<Int32>] = [:]
  /// The bound that indices must stay below, by node.
  private var limits: [Int: Int] = [:]
  private(set) var shared = TensorBuffer<T>(count: 0)
  /// Sums of gradients over batches, by node.
  var accumulators: [Int: TensorBuffer<T>] = [:]
  /// The gradients that have such sums.
  let accumulated: [Int]
  /// While a step is profiled: called with -1 at its start, then with each finished unit's index.
  var onUnit: ((Int) -> Void)?

  init(_ graph: Graph, threads: Int) {
    (self.graph, self.threads, accumulated) = (graph, threads, graph.accumulated)
    scalars = [Double](repeating: 0, count: graph.runParameters.count)
  }

  deinit { for buffer in indices.values { ZeroedMemory.free(buffer) } }

  // MARK: - Plans and memory

  /// Throws ``TrainingError/memory(program:width:needed:available:largest:)`` before anything is allocated.
  func plan(for goal: Plan.Goal) throws -> Plan {
    if let known = plans[goal] { return known }
    let plan = try Plan(graph, for: goal, threads: threads)
    try plan.checkMemory(scalar: MemoryLayout<T>.stride)
    plans[goal] = plan
    return plan
  }

  /// Allocates the weights, states and inputs. Throws ``TrainingError/memoryRefused(program:width:bytes:)``.
  func allocate() throws(TrainingError) {
    for node in graph.program.instructions.indices where graph.isSource(node) {
      let count = graph.nodes[node].shape.count
      if graph.isIndices(node) {
        do { indices[node] = try ZeroedMemory.allocate(Int32.self, count: count) } catch { throw refused(error) }
        if let below = (graph.program.instructions[node].primitive as? Indices)?.below {
          limits[node] = try? below.size.value(at: graph.width, of: below.name)
        }
      } else {
        sources[node] = try allocate(count)
      }
    }
  }

  /// Memory for scalars. Throws ``TrainingError/memoryRefused(program:width:bytes:)``.
  func allocate(_ count: Int) throws(TrainingError) -> TensorBuffer<T> {
    do { return try TensorBuffer(allocating: count) } catch { throw refused(error) }
  }

  private func refused(_ error: MemoryRefused) -> TrainingError {
    .memoryRefused(program: graph.program.name, width: graph.width, bytes: error.bytes)
  }

  func bound(for goal: Plan.Goal) throws -> Bound<T> {
    if let known = bounds[goal] { return known }
    let plan = try plan(for: goal)
    if plan.extent > shared.count {
      bounds = [:]
      shared = TensorBuffer(count: 0)
      shared = try allocate(plan.extent)
    }
    let bound = bind(plan)
    bounds[goal] = bound
    return bound
  }

  // MARK: - Data

  /// Copies the inputs that are needed. Throws errors of ``TrainingError`` that name the input.
  func load(_ batch: Batch, for bound: Bound<T>) throws(TrainingError) {
    for node in bound.inputs {
      let (name, count) = (graph.nodes[node].name, graph.nodes[node].shape.count)
      let given: Int
      if let buffer = indices[node] {
        guard let entries = batch.indices[name] else { throw missing(node, batch) }
        given = entries.count
        if given == count { try write(entries, to: buffer, node) }
      } else {
        guard let entries = batch.values[name], let buffer = sources[node] else { throw missing(node, batch) }
        given = entries.count
        if given == count { write(entries, to: buffer.slice()) }
      }
      try check(given, node)
    }
  }

  /// Throws ``TrainingError/wrongCount(input:shape:expected:given:)``.
  func check(_ given: Int, _ node: Int) throws(TrainingError) {
    let (name, count) = (graph.nodes[node].name, graph.nodes[node].shape.count)
    guard given == count else {
      throw .wrongCount(input: name, shape: describe(name), expected: count, given: given)
    }
  }

  private func missing(_ node: Int, _ batch: Batch) -> TrainingError {
    missing(node, given: batch.values.keys.sorted() + batch.indices.keys.sorted())
  }

  func missing(_ node: Int, given: [String]) -> TrainingError {
    let name = graph.nodes[node].name
    return .missingInput(name, shape: describe(name), given: given.map { "\"\($0)\"" })
  }

  private func write(_ entries: [Int32], to buffer: UnsafeMutableBufferPointer<Int32>, _ node: Int)
    throws(TrainingError)
  {
    let limit = limits[node] ?? 0
    for (i, entry) in entries.enumerated() {
      guard entry >= 0, Int(entry) < limit else { throw outOfRange(entry, at: i, in: node) }
      buffer[i] = entry
    }
  }

  /// Copies one row of indices to a position.
  func write(
    _ entries: ArraySlice<Int32>, to buffer: UnsafeMutableBufferPointer<Int32>, at start: Int, _ node: Int
  ) throws(TrainingError) {
    let limit = limits[node] ?? 0
    for (i, entry) in entries.enumerated() {
      guard entry >= 0, Int(entry) < limit else { throw outOfRange(entry, at: start + i, in: node) }
      buffer[start + i] = entry
    }
  }

  private func outOfRange(_ entry: Int32, at position: Int, in node: Int) -> TrainingError {
    .indexOutOfRange(
      input: graph.nodes[node].name, index: Int(entry), position: self.position(position, in: node),
      below: (graph.program.instructions[node].primitive as? Indices)?.below.name ?? "", size: limits[node] ?? 0)
  }

  /// `batch 3`, `sequence 17`: where an entry is.
  private func position(_ index: Int, in node: Int) -> [String] {
    var rest = index
    var parts: [String] = []
    for (axis, size) in zip(graph.nodes[node].axes, graph.nodes[node].shape.sizes).reversed() {
      parts.append("\(axis.name) \(rest % size)")
      rest /= size
    }
    return parts.reversed()
  }

  /// `[batch, features] = 64 x 784`.
  func describe(_ name: String) -> String {
    guard let node = graph.program.value(named: name)?.index else { return "" }
    let sizes = graph.nodes[node].shape.sizes.map(String.init).joined(separator: " x ")
    return graph.nodes[node].axes.bracketed + (sizes.isEmpty ? "" : " = \(sizes)")
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func write(_ entries: [Double], to buffer: UnsafeMutableBufferPointer<T>) {
    for i in 0..<min(entries.count, buffer.count) { buffer[i] = T(entries[i]) }
  }

  /// The entries of a weight or state.
  func buffer(of name: String) throws(TrainingError) -> UnsafeMutableBufferPointer<T> {
    let instructions = graph.program.instructions
    guard let node = graph.program.value(named: name)?.index, let buffer = sources[node],
      instructions[node].primitive is Weight || instructions[node].primitive is OptimizerState
    else {
      throw .unknownName(
        name, kind: "weight", known: graph.program.weights.map { graph.program[$0.id].name })
    }
    return buffer.slice()
  }

  /// The entries of a weight, state or real input.
  func source(_ node: Int) -> UnsafeMutableBufferPointer<T>? { sources[node]?.slice() }

  /// Whether the numbers are complete. Throws ``TrainingError/missingNumber(_:kind:)``.
  func check(_ numbers: Hyperparameters) throws(TrainingError) {
    for (id, weight) in graph.program.weights where numbers.initial[graph.program[id].name] == nil {
      if case .zero = weight.initializer { continue }
      throw .missingNumber(graph.program[id].name, kind: "initial size")
    }
    for parameter in graph.runParameters { _ = try numbers.value(of: parameter) }
  }

  /// The weights of a seed; states become zero.
  func draw(_ numbers: Hyperparameters, seed: UInt64) {
    for (node, instruction) in graph.program.instructions.enumerated() {
      guard let memory = sources[node] else { continue }
      if instruction.primitive is OptimizerState { memory.clear(threads: threads) }
      guard let weight = instruction.primitive as? Weight else { continue }
      let buffer = memory.slice()
      let number = numbers.initial[instruction.name] ?? 0
      if case .gaussian = weight.initializer {
        let stream = GaussianStream.stream(named: instruction.name)
        GaussianStream.fill(buffer, seed: seed, stream: stream, standardDeviation: number, threads: threads)
      } else {
        buffer.update(repeating: T(number))
      }
    }
  }
}

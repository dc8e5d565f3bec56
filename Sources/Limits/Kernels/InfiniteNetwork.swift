import Exact
import Synchronization
public import TensorPrograms
import Tensors

/// A network at infinite width, at initialization: the Gaussian process that its output is, and its tangent kernel.
///
///     let network = try InfiniteNetwork(program)
///     let kernels = try network.kernels(on: [LimitInput("features", examples: 100, values: pixels)])
///     kernels.nngp[0]   // the variance of an output at the first example
///
/// The initial deviations are those that the program states. The NNGP kernel is the covariance of one output at two
/// examples (Tensor Programs I, 1910.12478). The tangent kernel (1806.07572) is the sum over trained weights of the
/// products of the output's gradients at two examples, each times the square of the weight's initial deviation: the NTK
/// parametrization, in which a weight is its deviation times a standard normal number that is trained. Of a weight that
/// starts constant, such as a gain or a bias, it is taken times 1.
///
/// It is what the program says, whatever the architecture: backpropagation is a part of the program like the forward
/// pass, and both are read by the rules of the Master Theorem (2009.10685).
public struct InfiniteNetwork: Sendable {
  /// The name of the value whose kernels are computed.
  public let output: String
  /// Axes of the output, beside that of examples, along which its entries are not independent copies: the kernel has a
  /// row for each example and each of these.
  public let positions: [Axis]
  /// Inputs that must be given, in recorded order.
  public let inputs: [(name: String, axes: [Axis])]

  private let program: Program
  private let graph: KernelGraph
  private let runner: InstructionRunner
  private let sizes: [Int]
  private let example: AxisID
  private let hidden: [AxisID]
  private let outputViews: (View, View)
  private let outputLabels: (rows: [Label], columns: [Label])
  private let tangents: [Tangent]
  /// Whether the program has a tangent kernel; the reason if it has none.
  private let tangentError: (any Error)?
  private let cotangent: (instruction: Int, axes: [AxisID])?
  /// Whether the output vanishes at infinite width.
  private let vanishes: Bool

  /// A weight's part of the tangent kernel.
  private struct Tangent: Sendable {
    var node: Int
    var axes: [AxisID]
    var factor: Double
  }

  /// - Parameter output: The name of a value; if none is given the last named one that depends on weights and examples
  ///   and has no growing axis, which is the network's output.
  ///
  /// Throws: ``LimitError``, which names the value at which a precondition fails.
  public init(_ program: Program, output name: String? = nil) throws {
    let example = try program.exampleAxis()
    let output = try program.limitOutput(named: name)
    let trained = program.weights.filter { !$0.isFrozen }.map(\.id)
    let isFixed = program[output].axes.allSatisfy { $0.growth.isZero }
    var whole = program
    var cotangent: Int?
    var problem: (any Error)?
    if isFixed {
      do {
        whole = try program.pullingBack(output, to: trained) { $0.input("%cotangent", program[output].axes) }
        cotangent = whole.instructions.indices.first { whole.instructions[$0].name == "%cotangent" }
      } catch { problem = error }
    } else {
      problem = LimitError.output(
        "\"\(program[output].name)\" has an axis that grows with the width; a tangent kernel is of a network's outputs")
    }
    let reading = try KernelReading(whole, example: example)
    let wanted = [output] + whole.gradients.map(\.value)
    try reading.read(whole.forward, Self.needed(whole, wanted))
    let node = reading.meanings[output.index]
    self.output = program[output].name
    guard reading.graph[node].isRandom || reading.graph[node].isZero else {
      throw LimitError.output("\"\(program[output].name)\" does not depend on random weights")
    }
    guard reading.graph[node].power <= 0 else {
      throw LimitError.diverges(
        value: program[output].name, power: reading.graph[node].power.asPowerOfWidth)
    }
    vanishes = reading.graph[node].power < 0 || reading.graph[node].isZero
    let own = reading.graph.independentAxes(node)
    let positions = reading.sites[output.index].resultAxes.filter {
      $0 != reading.example && !own.contains($0) && !reading.grows($0)
    }
    self.positions = positions.map { reading.axes[Int($0)] }
    let names = reading.graph[node].axes
    func labels(_ side: Int8) -> [Label] {
      names.map { axis in
        axis == reading.example
          ? Label(axis: axis, side: side) : Label(axis: axis, copy: positions.contains(axis) ? Int16(side) : 0)
      }
    }
    outputViews = (View(node: node, labels: labels(0)), View(node: node, labels: labels(1)))
    let rows = [Label(axis: reading.example)] + positions.map { Label(axis: $0) }
    let columns = [Label(axis: reading.example, side: 1)] + positions.map { Label(axis: $0, copy: 1) }
    outputLabels = (rows, columns)

    var tangents: [Tangent] = []
    var seed: (Int, [AxisID])?
    var hidden: [AxisID] = []
    if let cotangent, problem == nil {
      do {
        let axes = own.filter { reading.sites[output.index].resultAxes.contains($0) }.sorted()
        seed = (cotangent, axes)
        var factors = [reading.append(.data(cotangent), axes: axes)]
        for position in positions {
          let twin = reading.addHidden(like: position)
          hidden.append(twin)
          factors.append(reading.append(.identity(position, twin), axes: [position, twin]))
        }
        reading.replaced[cotangent] = reading.append(
          .product(factors), axes: reading.sites[cotangent].resultAxes + hidden)
        try reading.read(whole.backward, Self.needed(whole, whole.gradients.map(\.value)))
        tangents = try Self.tangents(whole, reading)
      } catch { problem = error }
    }
    (self.tangents, tangentError, self.cotangent, self.hidden) = (tangents, problem, seed.map { ($0.0, $0.1) }, hidden)
    (self.program, graph, self.example) = (whole, reading.graph, reading.example)
    sizes = try reading.axes.map { try $0.growth.isZero ? $0.dimension.size.value(at: 1, of: $0.name) : 0 }
    var runner = InstructionRunner(whole, axes: reading.axes, sites: reading.sites, example: reading.example)
    let extents = Extents(sizes: sizes)
    for entry in reading.graph.entries {
      if case .linear(let instruction, _, let data) = entry.node, data.isEmpty {
        try runner.prepare(instruction, extents)
      }
    }
    self.runner = runner
    inputs = whole.forward.compactMap { i in
      whole.instructions[i].role.isData && reading.meanings[i] >= 0
        ? (whole.instructions[i].name, whole.instructions[i].axes) : nil
    }
    for input in inputs where input.axes.first != example {
      throw LimitError.data(input: input.name, reason: "its first axis is not \"\(example.name)\"")
    }
  }

  private static func needed(_ program: Program, _ values: [ValueID]) -> [Bool] {
    var needed = [Bool](repeating: false, count: program.instructions.count)
    for value in values { needed[value.index] = true }
    for i in needed.indices.reversed() where needed[i] {
      for operand in program.instructions[i].operands { needed[operand.index] = true }
    }
    return needed
  }

  private static func tangents(_ program: Program, _ reading: KernelReading) throws -> [Tangent] {
    try program.gradients.compactMap { gradient in
      let node = reading.meanings[gradient.value.index]
      if reading.graph[node].isZero { return nil }
      let axes = reading.sites[gradient.weight.index].resultAxes
      var (factor, power) = (1.0, 2 * reading.graph[node].power)
      for axis in axes where reading.grows(axis) {
        factor *= reading.size(axis).coefficient.double
        power = power + reading.size(axis).exponent
      }
      if case .gaussian(let deviation) = program[gradient.weight].role.initializer {
        let (number, growth) = reading.asymptotic(deviation)
        factor *= number * number
        power = power + 2 * growth
      }
      guard power <= 0 else {
        throw LimitError.diverges(
          value: "the tangent kernel's part of \(program[gradient.weight].name)", power: power.asPowerOfWidth)
      }
      return power < 0 ? nil : Tangent(node: node, axes: axes, factor: factor)
    }
  }
}

// MARK: - Numbers

extension InfiniteNetwork {
  /// The matrices on a batch of examples, in blocks that are computed side by side.
  ///
  /// - Parameters:
  ///   - inputs: one for each of ``inputs``.
  ///   - tangent: whether the tangent kernel is wanted too, which costs about twice as much.
  ///   - progress: called with the fraction done.
  ///
  /// Throws: ``LimitError/data(input:reason:)``; ``LimitError/accuracy(value:function:error:)`` where an integral is not
  /// known to 1e-12; why there is no tangent kernel, if one is wanted and there is none.
  public func kernels(
    on inputs: [LimitInput], tangent: Bool = true, threads: Int = 1, progress: (@Sendable (Double) -> Void)? = nil
  ) throws -> Kernels {
    if tangent, let tangentError { throw tangentError }
    let count = try check(inputs)
    let rows = positions.reduce(1) { $0 * $1.dimension.size.fixedValue }
    let side = count * rows
    let block = blockSize(count)
    let blocks = (count + block - 1) / block
    var pairs: [(Int, Int)] = []
    for i in 0..<blocks { for j in i..<blocks { pairs.append((i, j)) } }
    let result = KernelStore(side: side, hasTangent: tangent)
    let state = Mutex<(error: (any Error)?, done: Int)>((nil, 0))
    sideBySide(parts: pairs.count, threads: threads) { part in
      guard state.withLock({ $0.error == nil }) else { return }
      let (i, j) = pairs[part]
      do {
        let first = i * block..<min(count, (i + 1) * block)
        let second = j * block..<min(count, (j + 1) * block)
        try compute(inputs, first, second, tangent: tangent, into: result)
        let done = state.withLock { state in
          state.done += 1
          return state.done
        }
        progress?(Double(done) / Double(pairs.count))
      } catch { state.withLock { if $0.error == nil { $0.error = error } } }
    }
    if let error = state.withLock({ $0.error }) { throw error }
    return result.kernels(examples: count)
  }

  /// About how many bytes ``kernels(on:tangent:threads:progress:)`` takes for so many examples.
  public func memory(examples count: Int, tangent: Bool = true, threads: Int = 1) -> Int {
    let rows = positions.reduce(1) { $0 * $1.dimension.size.fixedValue }
    let side = count * rows
    let block = blockSize(count)
    return 8 * (side * side * (tangent ? 2 : 1) + threads * 24 * block * block * places * places)
  }

  /// The most entries that one example's values have, copies along weights' axes apart.
  private var places: Int {
    graph.entries.reduce(1) { largest, entry in
      guard entry.isRandom else { return largest }
      if case .linear = entry.node { return largest }
      guard case .gaussian(let matrix, _) = entry.node else { return largest }
      let own = entry.axes.filter { !matrix.axes.contains($0) && $0 != example }
      return max(largest, own.reduce(1) { $0 * max(1, sizes[Int($1)]) })
    }
  }

  private func blockSize(_ count: Int) -> Int {
    let places = self.places
    var block = 256
    while block > 1, block * block * places * places > 1 << 20 { block /= 2 }
    return min(block, max(1, count))
  }

  private func check(_ given: [LimitInput]) throws -> Int {
    var count: Int?
    for input in inputs {
      guard let found = given.first(where: { $0.name == input.name }) else {
        throw LimitError.data(input: input.name, reason: "is not given")
      }
      let entries = input.axes.dropFirst().reduce(1) { $0 * $1.dimension.size.fixedValue }
      guard found.values.count == found.examples * entries, found.examples > 0 else {
        throw LimitError.data(
          input: input.name, reason: "\(found.values.count) numbers are not \(found.examples) x \(entries)")
      }
      guard found.values.allSatisfy(\.isFinite) else {
        throw LimitError.data(input: input.name, reason: "has a number that is not finite")
      }
      guard count == nil || count == found.examples else {
        throw LimitError.data(input: input.name, reason: "has \(found.examples) examples, another input \(count ?? 0)")
      }
      count = found.examples
    }
    return count ?? 0
  }

  /// One block of the matrices, and its mirror image.
  private func compute(
    _ given: [LimitInput], _ first: Range<Int>, _ second: Range<Int>, tangent: Bool, into result: KernelStore
  ) throws {
    var extents = Extents(sizes: sizes)
    extents.examples[example] = (first.count, second.count)
    for axis in hidden { extents.examples[axis] = (sizes[Int(axis)], sizes[Int(axis)]) }
    var data: [[Int: Grid]] = [[:], [:]]
    for (side, range) in [first, second].enumerated() {
      for input in inputs {
        guard let found = given.first(where: { $0.name == input.name }),
          let i = program.value(named: input.name)?.index
        else { continue }
        let entries = found.values.count / found.examples
        let labels = runner.labels(i, side: Int8(side))
        let part = Array(found.values[range.lowerBound * entries..<range.upperBound * entries])
        let grid = Grid(labels, labels.map { extents[$0] }, part)
        data[side][i] = extents.broadcast(grid, to: Set(labels))
      }
      if let cotangent {
        var one = extents.zeros(cotangent.axes.map { Label(axis: $0) })
        one.values[0] = 1
        data[side][cotangent.instruction] = one
      }
    }
    var expectation = Expectation(
      graph, extents, runner, data: data, isSameGroup: first == second, names: program.instructions.map(\.name))
    let rowCount = outputLabels.rows.dropFirst().reduce(1) { $0 * extents[$1] }
    let origin = (first.lowerBound * rowCount, second.lowerBound * rowCount)
    let nngp = vanishes ? .number(0) : try expectation.mean([outputViews.0, outputViews.1])
    result.place(
      nngp, outputLabels.rows, outputLabels.columns, origin, extents, isTangent: false)
    guard tangent else { return }
    var sum: Grid?
    for part in tangents {
      func view(_ side: Int8) -> View {
        View(
          node: part.node,
          labels: graph[part.node].axes.map { Label(axis: $0, side: extents.examples[$0] != nil ? side : 0) })
      }
      let summed = Set(part.axes.filter { !graph.grows[Int($0)] }.map { Label(axis: $0) })
      sum = extents.sum(sum, part.factor, try expectation.mean([view(0), view(1)], summing: summed))
    }
    let rows = [Label(axis: example)] + hidden.map { Label(axis: $0) }
    let columns = [Label(axis: example, side: 1)] + hidden.map { Label(axis: $0, side: 1) }
    result.place(sum ?? .number(0), rows, columns, origin, extents, isTangent: true)
  }
}

extension Size {
  /// The number of a fixed size; 1 of one that grows.
  var fixedValue: Int { isFixed ? Int(coefficient.double) : 1 }
}

extension InstructionRunner {
  /// The labels of a fixed value on one side, in the order of its axes.
  func labels(_ i: Int, side: Int8) -> [Label] { fixedAxes(i).map { label($0, side) } }
}

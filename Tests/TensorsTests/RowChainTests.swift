import Foundation
import Tensors
import Testing

/// Chains with operations along rows give what the operations give one after the other.
@Suite struct RowChainTests {
  private static func operation(
    _ isRow: [Bool], _ sizes: [Int], _ random: inout Random
  ) -> (operation: ElementwiseOperation, isRow: Bool) {
    let count = isRow.count
    func any() -> Int { Int.random(in: 0..<count, using: &random) }
    let latest = count - 1
    switch Int.random(in: 0..<15, using: &random) {
    case 0: return (.rows(.sum, [latest]), true)
    case 1: return (.rows(.sum, [latest, any()]), true)
    case 2: return (.rows(.sum, [latest, any(), any()]), true)
    case 3: return (.rows(.maximum, [latest]), true)
    case 4: return (.rows(.logSumExp, [latest]), true)
    case 5: return (.rows(.softmax, [latest]), false)
    case 6: return (.rows(.mask(divisor: sizes[0], modulus: sizes[1], fill: count % 2 == 0 ? -2 : 0), [latest]), false)
    case 7:
      let (a, b) = (any(), any())
      return (.product([latest, a, b]), isRow[latest] && isRow[a] && isRow[b])
    case 8: return (.map(.tanh, latest), isRow[latest])
    case 9:
      let operand = any()
      return (.map(.gelu, operand), isRow[operand])
    case 10:
      let operand = any()
      return (.map(.geluDerivative, operand), isRow[operand])
    case 11: return (.combination([(.scalar(count % 2, times: 0.7), latest)], offset: 0), isRow[latest])
    case 12: return (.map(UnaryFunction(name: "half") { $0 / 2 }, latest), isRow[latest])
    default:
      let registers = [latest, any(), any(), any()]
      return (
        .combination(registers.map { (.scalar($0 % 2, times: 0.7), $0) }, offset: .scalar(1, times: 0.3)),
        registers.allSatisfy { isRow[$0] }
      )
    }
  }

  @Test(arguments: 0..<200)
  func randomChains(seed: Int) throws {
    var random = Random(seed)
    let choices = [[3, 4, 5, 2], [30, 7, 3, 12], [2, 3, 40, 33], [1, 5, 1, 9], [5, 1, 1200, 1], [400, 3, 1, 1]]
    let list = choices[seed % choices.count]
    let sizes = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0, $1) })
    let labels = [0, 1, 2, 3]
    let space = shape(labels, sizes)
    let rowAxes = Int.random(in: 0...3, using: &random)
    let columns = list[rowAxes...].reduce(1, *)
    var inputs = (0..<4).map { _ in
      shape(labels.filter { _ in Bool.random(using: &random) }.shuffled(using: &random), sizes)
    }
    inputs[0] = space
    // One number for each row.
    inputs[1] = shape(Array(labels.prefix(rowAxes)), sizes)
    let tensors = inputs.map { Tensor.random($0, &random) }
    var operations: [ElementwiseOperation] = []
    var isRow = inputs.indices.map { $0 == 1 }
    for _ in 0..<Int.random(in: 1...10, using: &random) {
      let (operation, row) = Self.operation(isRow, list, &random)
      operations.append(operation)
      isRow.append(row)
    }
    // The last, some other, and an input.
    let outputs = [isRow.count - 1, Int.random(in: 0..<isRow.count, using: &random), 0, 1]
    let rowOutputs = outputs.map { isRow[$0] }
    let scalars = [0.7, -0.4]
    let expected = ElementwiseChainTests.naive(space, tensors, operations, scalars, columns: columns)
    let chain = try ElementwiseChain(
      space: space, rowAxes: rowAxes, inputs: inputs, operations: operations, outputs: outputs, rowOutputs: rowOutputs)
    for threads in [1, 2] {
      let buffers = tensors.map { tensor in
        let buffer = TensorBuffer<Double>(count: tensor.entries.count)
        for (i, x) in tensor.entries.enumerated() { buffer[i] = x }
        return buffer
      }
      let results = outputs.map { _ in TensorBuffer<Double>(count: space.count) }
      var targets = results.map(\.pointer)
      // Results over operands that lie in the same way.
      if threads == 2 { targets[0] = buffers[rowOutputs[0] ? 1 : 0].pointer }
      try withExtendedLifetime((buffers, results)) {
        try chain.run(
          inputs: buffers.map { UnsafePointer($0.pointer) }, outputs: targets, scalars: scalars, threads: threads)
        for (k, register) in outputs.enumerated() {
          let step = rowOutputs[k] ? columns : 1
          let result = Tensor(space, entries: (0..<space.count).map { targets[k][$0 / step] })
          #expect(result.distance(expected[register]) < 1e-11, "output \(k)")
        }
      }
    }
  }

  /// LayerNorm in Float beside Double: a mean, a difference, a mean of squares, a root and a quotient.
  @Test func normalization() throws {
    let space = shape([0, 1], [0: 70, 1: 300])
    let gain = shape([1], [1: 300])
    var random = Random(5)
    let tensors = [Tensor.random(space, &random), Tensor.random(gain, &random)]
    let operations: [ElementwiseOperation] = [
      .rows(.sum, [0]), .combination([(1, 0), (.constant(-1.0 / 300), 2)], offset: 0), .rows(.sum, [3, 3]),
      .combination([(.constant(1.0 / 300), 4)], offset: 1e-5), .map(.sqrt, 5), .map(.reciprocal, 6),
      .product([3, 7, 1]),
    ]
    let expected = ElementwiseChainTests.naive(space, tensors, operations, [], columns: 300)
    let chain = try ElementwiseChain(
      space: space, rowAxes: 1, inputs: [space, gain], operations: operations, outputs: [8, 7],
      rowOutputs: [false, true])
    let buffers = tensors.map { tensor in
      let buffer = TensorBuffer<Float>(count: tensor.entries.count)
      for (i, x) in tensor.entries.enumerated() { buffer[i] = Float(x) }
      return buffer
    }
    let results = [TensorBuffer<Float>(count: space.count), TensorBuffer<Float>(count: 70)]
    try withExtendedLifetime((buffers, results)) {
      try chain.run(
        inputs: buffers.map { UnsafePointer($0.pointer) }, outputs: results.map(\.pointer), scalars: [], threads: 2)
    }
    let normal = Tensor(space, entries: results[0].slice().map { Double($0) })
    #expect(normal.distance(expected[8]) < 1e-6)
    for row in 0..<70 { #expect(abs(Double(results[1][row]) / expected[7].entries[row * 300] - 1) < 1e-6) }
  }

  /// A function and its derivative of the same operand are computed in one loop.
  @Test(arguments: [
    (UnaryFunction.gelu, UnaryFunction.geluDerivative), (.geluTanh, .geluTanhDerivative), (.silu, .siluDerivative),
  ])
  func pairs(function: UnaryFunction, derivative: UnaryFunction) throws {
    #expect(function.isPaired(with: derivative) && !function.isPaired(with: function))
    let space = shape([0, 1], [0: 13, 1: 101])
    for operations in [[function, derivative], [derivative, function]] {
      let chain = try ElementwiseChain(
        space: space, inputs: [space], operations: operations.map { .map($0, 0) }, outputs: [2, 1])
      let x = TensorBuffer<Float>(count: space.count)
      for i in 0..<space.count { x[i] = Float(i) / 60 - 11 }
      x[5] = .nan
      let alone = operations.reversed().map { _ in TensorBuffer<Float>(count: space.count) }
      for (function, result) in zip(operations.reversed(), alone) {
        function.apply(x.pointer, result.pointer, count: space.count)
      }
      // One of them over the operand.
      let other = TensorBuffer<Float>(count: space.count)
      try chain.run(inputs: [UnsafePointer(x.pointer)], outputs: [x.pointer, other.pointer])
      for i in 0..<space.count {
        for (one, two) in [(x[i], alone[0][i]), (other[i], alone[1][i])] {
          #expect(one.isNaN == (i == 5) && two.isNaN == (i == 5) && !(abs(one - two) > 1e-6 * abs(two)), "\(i)")
        }
      }
    }
  }

  /// A masked softmax of a multiple, with rows of any length, and in both precisions.
  @Test(arguments: [1, 5, 16, 37, 64, 100, 300, 1030])
  func attention(columns: Int) throws {
    var random = Random(columns)
    // Of long rows one matrix is enough.
    let sizes = [0: columns > 200 ? 1 : 3, 1: columns + 2, 2: columns]
    let space = shape([0, 1, 2], sizes)
    var x = Tensor.random(space, &random)
    for i in x.entries.indices where i % 7 == 3 { x.entries[i] = -.infinity }
    for column in 0..<columns { x.entries[column] = -.infinity }
    let row = Tensor.random(shape([0, 1], sizes), &random)
    let operations: [ElementwiseOperation] = [
      .product([0, 1]), .combination([(.scalar(0, times: 3), 2)], offset: 0),
      .rows(.mask(divisor: 1, modulus: columns + 2, fill: -.infinity), [3]), .rows(.softmax, [4]),
    ]
    let positive = Tensor(row.shape, entries: row.entries.map { abs($0) + 0.1 })
    let chain = try ElementwiseChain(
      space: space, rowAxes: 2, inputs: [space, row.shape], operations: operations, outputs: [5])
    let naive = ElementwiseChainTests.naive(space, [x, positive], operations, [0.7], columns: columns)[5].entries
    let expected = naive.map { $0.isNaN ? 0 : $0 }
    func check<T: Element>(_ type: T.Type, _ tolerance: Double) throws {
      let (from, factors) = (TensorBuffer<T>(count: space.count), TensorBuffer<T>(count: row.entries.count))
      for i in 0..<space.count { from[i] = T(x.entries[i]) }
      for i in row.entries.indices { factors[i] = T(positive.entries[i]) }
      let result = TensorBuffer<T>(count: space.count)
      try chain.run(
        inputs: [UnsafePointer(from.pointer), UnsafePointer(factors.pointer)], outputs: [result.pointer],
        scalars: [0.7], threads: 2)
      let wrong = (0..<space.count).first { !(abs(Double(result[$0]) - expected[$0]) < tolerance) }
      #expect(wrong == nil)
    }
    try check(Double.self, 1e-14)
    try check(Float.self, 2e-6)
  }
}

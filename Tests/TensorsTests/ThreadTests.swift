import Tensors
import Testing

/// Sizes at which kernels split their work: the same result as on one thread.
@Suite struct ThreadTests {
  private static func check(
    _ kernel: some Kernel, _ inputs: [Shape], indices: [Int32]? = nil, result: Shape, tolerance: Double = 0
  ) throws {
    let buffers = inputs.enumerated().map { i, shape in
      let buffer = TensorBuffer<Float>(count: shape.count)
      GaussianStream.fill(buffer.slice(), seed: 1, stream: UInt64(i), standardDeviation: 1)
      return buffer
    }
    let scratch = TensorBuffer<Float>(count: kernel.workspace)
    var results: [TensorBuffer<Float>] = []
    for threads in [1, 2, 3] {
      let output = TensorBuffer<Float>(count: result.count)
      try withExtendedLifetime((buffers, scratch)) {
        var operands = buffers.map { Operand.values(UnsafePointer($0.pointer)) }
        try (indices ?? []).withUnsafeBufferPointer { numbers in
          if indices != nil, let start = numbers.baseAddress { operands.append(.indices(start)) }
          try kernel.run(operands, into: output.pointer, workspace: scratch.pointer, threads: threads)
        }
      }
      results.append(output)
    }
    for other in results.dropFirst() {
      let difference = Statistics.meanAbsoluteAndDifference(
        UnsafeBufferPointer(results[0].slice()), UnsafeBufferPointer(other.slice())
      ).difference
      #expect(difference <= tolerance)
    }
  }

  private static let sizes = [0: 4, 1: 32, 2: 32, 3: 48, 4: 16, 9: 100]

  @Test(arguments: [
    ([[0, 1, 2], [3, 2]], [0, 1, 3]), ([[0, 1, 3], [0, 1, 2]], [3, 2]), ([[0, 1, 2], [0, 2, 3]], [0, 1, 3]),
    ([[0, 1, 2], [3, 4, 2]], [0, 3, 1, 4]), ([[0, 1, 2, 3], [0, 1, 2, 3]], [0, 3]), ([[0, 1, 2, 3], [3]], [0, 1, 2]),
  ])
  func contractions(operands: [[Label]], result: [Label]) throws {
    let operands = operands.map { shape($0, Self.sizes) }
    let result = shape(result, Self.sizes)
    try Self.check(Contraction(operands: operands, result: result), operands, result: result, tolerance: 1e-4)
  }

  @Test func others() throws {
    let x = shape([0, 1, 2, 3], Self.sizes)
    let y = shape([0, 2, 1, 3], Self.sizes)
    let z = shape([3, 0, 2, 1], Self.sizes)
    try Self.check(Copy(operand: x, result: y), [x], result: y)
    try Self.check(Copy(operand: x, result: z), [x], result: z)
    for kept in [[], [0, 1], [2, 3], [3]] {
      let result = shape(kept, Self.sizes)
      try Self.check(Reduction(.sum, operand: x, result: result), [x], result: result)
    }
    try Self.check(SoftmaxKernel(operand: x, over: [3]), [x], result: x)
    try Self.check(
      LogSumExpKernel(operand: x, over: [3], result: shape([1, 0, 2], Self.sizes)), [x],
      result: shape([1, 0, 2], Self.sizes))
    try Self.check(CausalKernel(operand: x, query: 1, key: 2, fill: 0), [x], result: x)
    let table = shape([9, 3], Self.sizes)
    let numbers = shape([0, 1, 2], Self.sizes)
    let indices = (0..<numbers.count).map { Int32($0 * 7 % 100) }
    try Self.check(
      GatherKernel(table: table, indices: numbers, result: x, along: 9), [table], indices: indices, result: x)
    try Self.check(
      ScatterKernel(rows: x, indices: numbers, result: table, along: 9), [x], indices: indices, result: table)
    // The entry of each row that an index names.
    let all = shape([0, 1, 2, 9], Self.sizes)
    try Self.check(
      GatherKernel(table: all, indices: numbers, result: numbers, along: 9), [all], indices: indices, result: numbers)
    try Self.check(
      ScatterKernel(rows: numbers, indices: numbers, result: all, along: 9), [numbers], indices: indices, result: all)
    let sizes = [0: 4, 1: 16, 2: 16, 3: 16, 4: 16, 5: 3, 6: 3, 7: 8]
    let image = shape([0, 1, 2, 7], sizes)
    let patches = shape([0, 3, 4, 5, 6, 7], sizes)
    let window = PatchWindow(rows: 1, columns: 2, toRows: 3, toColumns: 4, windowRows: 5, windowColumns: 6, padding: 1)
    try Self.check(PatchesKernel(operand: image, result: patches, window: window), [image], result: patches)
    try Self.check(FoldKernel(operand: patches, result: image, window: window), [patches], result: image)
  }
}

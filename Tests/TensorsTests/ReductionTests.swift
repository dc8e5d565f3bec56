import Foundation
import Tensors
import Testing

@Suite struct ReductionTests {
  @Test(arguments: 0..<60)
  func sumsAndMaxima(seed: Int) throws {
    var random = Random(seed)
    let sizes = [0: 3, 1: 4, 2: 5, 3: 2, 4: 1]
    let x = Tensor.random(shape([0, 1, 2, 3, 4].shuffled(using: &random), sizes), &random)
    let result = shape((0..<5).filter { _ in Bool.random(using: &random) }.shuffled(using: &random), sizes)
    let sum = Tensor.einsum([x], result)
    var maximum = Tensor(result) { _ in -.infinity }
    Tensor.forEach(x.shape) { maximum.entries[maximum.position($0)] = max(maximum[$0], x[$0]) }
    let summed = try run(Reduction(.sum, operand: x.shape, result: result), [x], result: result, as: Double.self)
    let highest = try run(Reduction(.max, operand: x.shape, result: result), [x], result: result, as: Double.self)
    #expect(summed.distance(sum) < 1e-13)
    #expect(highest.entries == maximum.entries)
  }

  /// Many times 0.1 in Float: a running sum in Float would be off by one in a hundred.
  @Test func longSumsAreAccurate() throws {
    for (labels, result) in [([0], []), ([0, 1], [1]), ([1, 0], [1])] {
      let sizes = [0: 150_000, 1: 3]
      let operand = shape(labels, sizes)
      let kept = shape(result, sizes)
      let x = Tensor(operand, entries: [Double](repeating: 0.1, count: operand.count))
      for threads in [1, 2] {
        let sum = try run(
          Reduction(.sum, operand: operand, result: kept), [x], result: kept, as: Float.self, threads: threads)
        #expect(sum.entries.allSatisfy { abs($0 / 15_000 - 1) < 1e-6 })
      }
    }
  }

  /// Columns that are cut into pieces of rows.
  @Test func longColumns() throws {
    var random = Random(3)
    let sizes = [0: 4100, 1: 7]
    let operand = shape([0, 1], sizes)
    let kept = shape([1], sizes)
    let (x, y) = (Tensor.random(operand, &random), Tensor.random(operand, &random))
    let products = Tensor(operand, entries: zip(x.entries, y.entries).map(*))
    for threads in [1, 2, 3] {
      let sums = try run(
        Contraction(operands: [operand, operand], result: kept), [x, y], result: kept, as: Double.self,
        threads: threads)
      #expect(sums.distance(Tensor.einsum([products], kept)) < 1e-11)
      let highest = try run(
        Reduction(.max, operand: operand, result: kept), [x], result: kept, as: Double.self, threads: threads)
      for column in 0..<7 {
        let entries = stride(from: column, to: x.entries.count, by: 7).map { x.entries[$0] }
        #expect(highest.entries[column] == entries.max())
      }
    }
  }

  private static func softmax(_ x: Tensor, over: [Label]) -> (result: Tensor, logSum: Tensor) {
    let kept = shape(
      x.shape.labels.filter { !over.contains($0) }, Dictionary(uniqueKeysWithValues: zip(x.shape.labels, x.shape.sizes))
    )
    let exponentials = Tensor(x.shape) { exp(x[$0]) }
    let sums = Tensor.einsum([exponentials], kept)
    return (
      Tensor(x.shape) { sums[$0] == 0 ? 0 : exponentials[$0] / sums[$0] },
      Tensor(kept, entries: sums.entries.map { log($0) })
    )
  }

  @Test(arguments: 0..<40)
  func softmaxes(seed: Int) throws {
    var random = Random(seed)
    let sizes = [0: 3, 1: 4, 2: 21, 3: 1]
    var x = Tensor.random(shape([0, 1, 2, 3].shuffled(using: &random), sizes), &random)
    for i in x.entries.indices {
      x.entries[i] = Int.random(in: 0..<3, using: &random) == 0 ? -.infinity : 5 * x.entries[i]
    }
    let over = [0, 1, 2, 3].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.shuffled(using: &random)
    // Everything hidden, once.
    if seed % 4 == 0 { x.entries = x.entries.map { _ in -.infinity } }
    let expected = Self.softmax(x, over: over)
    let y = try run(SoftmaxKernel(operand: x.shape, over: over), [x], result: x.shape, as: Double.self, threads: 2)
    #expect(y.distance(expected.result) < 1e-13)
    let kept = shape(expected.logSum.shape.labels.shuffled(using: &random), sizes)
    let sums = try run(LogSumExpKernel(operand: x.shape, over: over, result: kept), [x], result: kept, as: Double.self)
    #expect(sums.distance(Tensor(kept) { expected.logSum[$0] }) < 1e-13)
  }

  /// The kernels that say so may write over their operand, also where they must permute it first.
  @Test func inPlace() throws {
    let x = shape([0, 1, 2], [0: 3, 1: 9, 2: 9])
    let kernels: [any Kernel] = [
      try SoftmaxKernel(operand: x, over: [2]), try SoftmaxKernel(operand: x, over: [1]),
      try CausalKernel(operand: x, query: 1, key: 2, fill: -.infinity),
      try CausalKernel(operand: x, query: 2, key: 1, fill: 0),
    ]
    for kernel in kernels {
      let buffer = TensorBuffer<Float>(count: x.count)
      let apart = TensorBuffer<Float>(count: x.count)
      let scratch = TensorBuffer<Float>(count: kernel.workspace)
      GaussianStream.fill(buffer.slice(), seed: 1, stream: 1, standardDeviation: 1)
      try withExtendedLifetime((buffer, apart, scratch)) {
        for target in [apart, buffer] {
          try kernel.run(
            [.values(UnsafePointer(buffer.pointer))], into: target.pointer, workspace: scratch.pointer, threads: 1)
        }
        #expect(Array(apart.slice()) == Array(buffer.slice()))
      }
    }
  }

  @Test func softmaxOfLargeNumbers() throws {
    let row = shape([0], [0: 3])
    let x = Tensor(row, entries: [10_000, 10_001, -10_000])
    let y = try run(SoftmaxKernel(operand: row, over: [0]), [x], result: row, as: Float.self)
    #expect(abs(y.entries[1] - 1 / (1 + exp(-1))) < 1e-6 && y.entries[2] == 0)
  }

  @Test func statistics() {
    let x = (0..<5000).map { Float($0 % 7) - 3 }
    let y = x.map { $0 + 0.5 }
    x.withUnsafeBufferPointer { a in
      #expect(abs(Statistics.rootMeanSquare(a) - (x.reduce(0) { $0 + Double($1 * $1) } / 5000).squareRoot()) < 1e-12)
      #expect(Statistics.firstNonFinite(a) == nil)
      y.withUnsafeBufferPointer { b in
        let (size, difference) = Statistics.meanAbsoluteAndDifference(a, b)
        #expect(abs(size - x.reduce(0) { $0 + Double(abs($1)) } / 5000) < 1e-12 && difference == 0.5)
      }
    }
    for (position, bad) in [(0, Float.nan), (4321, -.infinity), (4999, .infinity)] {
      var z = x
      z[position] = bad
      z.withUnsafeBufferPointer { #expect(Statistics.firstNonFinite($0) == position) }
    }
    let none = UnsafeBufferPointer<Double>(start: nil, count: 0)
    #expect(Statistics.meanAbsoluteAndDifference(none, none) == (0, 0) && Statistics.rootMeanSquare(none) == 0)
  }

  /// A sum in blocks has the same bits on any number of threads, and notices every entry.
  @Test func statisticsOfManyEntries() {
    let count = 40 * 4096 + 17
    let (a, b) = (TensorBuffer<Float>(count: count), TensorBuffer<Float>(count: count))
    GaussianStream.fill(a.slice(), seed: 1, stream: 0, standardDeviation: 1)
    GaussianStream.fill(b.slice(), seed: 1, stream: 1, standardDeviation: 1)
    let (x, y) = (UnsafeBufferPointer(a.slice()), UnsafeBufferPointer(b.slice()))
    let alone = Statistics.meanAbsoluteAndDifference(x, y)
    for threads in [2, 3, 8] {
      let other = Statistics.meanAbsoluteAndDifference(x, y, threads: threads)
      #expect(other.size == alone.size && other.difference == alone.difference)
    }
    #expect(abs(alone.size - x.reduce(0) { $0 + Double(abs($1)) } / Double(count)) < 1e-12)
    #expect(
      abs(alone.difference - zip(x, y).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(count)) < 1e-12)
    b[count - 1] += 1000
    #expect(
      Statistics.meanAbsoluteAndDifference(x, UnsafeBufferPointer(b.slice())).difference > alone.difference + 5e-3)
  }
}

import Tensors
import Testing

@Suite struct RearrangementTests {
  private static let sizes = [0: 3, 1: 4, 2: 5, 3: 2, 4: 1]

  @Test(arguments: 0..<60)
  func copies(seed: Int) throws {
    var random = Random(seed)
    let result = shape([0, 1, 2, 3, 4].shuffled(using: &random), Self.sizes)
    let operand = shape(
      result.labels.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.shuffled(using: &random), Self.sizes)
    let x = Tensor.random(operand, &random)
    let y = try run(Copy(operand: operand, result: result), [x], result: result, as: Double.self)
    #expect(y.entries == Tensor(result) { x[$0] }.entries)
  }

  @Test func largeTranspose() throws {
    var random = Random(1)
    for (rows, columns) in [(50, 70), (16, 33), (5, 64)] {
      let sizes = [0: rows, 1: 3, 2: columns]
      let x = Tensor.random(shape([0, 1, 2], sizes), &random)
      let result = shape([2, 0, 1], sizes)
      let y = try run(Copy(operand: x.shape, result: result), [x], result: result, as: Double.self, threads: 2)
      #expect(y.entries == Tensor(result) { x[$0] }.entries)
    }
  }

  @Test(arguments: [([0, 1, 2], 1, 2), ([0, 2, 1], 1, 2), ([1, 0, 2], 1, 2), ([2, 1, 0], 1, 2), ([1, 2], 2, 1)])
  func causal(labels: [Label], query: Label, key: Label) throws {
    var random = Random(2)
    let sizes = [0: 3, 1: 6, 2: 5]
    let x = Tensor.random(shape(labels, sizes), &random)
    for fill in [0, -Double.infinity] {
      let y = try run(
        CausalKernel(operand: x.shape, query: query, key: key, fill: fill), [x], result: x.shape, as: Double.self)
      #expect(y.entries == Tensor(x.shape) { ($0[key] ?? 0) > ($0[query] ?? 0) ? fill : x[$0] }.entries)
    }
  }

  @Test(arguments: 0..<40)
  func gatherAndScatter(seed: Int) throws {
    var random = Random(seed)
    // Axis 9 is looked up; 0 and 1 belong to the indices, 1 and 2 and 3 to the table: 1 is matched, if both have it.
    let sizes = [0: 4, 1: 3, 2: 5, 3: 2, 9: 6]
    let numbers = shape(
      [0, 1].filter { _ in Int.random(in: 0..<4, using: &random) > 0 }.shuffled(using: &random), sizes)
    let table = shape(([9] + [1, 2, 3].filter { _ in Bool.random(using: &random) }).shuffled(using: &random), sizes)
    let free = table.labels.filter { $0 != 9 && !numbers.labels.contains($0) }
    let rows = shape((numbers.labels + free).shuffled(using: &random), sizes)
    let indices = (0..<numbers.count).map { _ in Int32.random(in: 0..<6, using: &random) }
    let index = Tensor(numbers, entries: indices.map(Double.init))
    let x = Tensor.random(table, &random)
    for threads in [1, 2] {
      let y = try run(
        GatherKernel(table: table, indices: numbers, result: rows, along: 9), [x], indices: indices, result: rows,
        as: Double.self, threads: threads)
      #expect(y.entries == Tensor(rows) { x[$0.merging([9: Int(index[$0])]) { $1 }] }.entries)
      // <gather x, z> = <x, scatter z>
      let z = Tensor.random(rows, &random)
      let back = try run(
        ScatterKernel(rows: rows, indices: numbers, result: table, along: 9), [z], indices: indices, result: table,
        as: Double.self, threads: threads)
      let one = zip(y.entries, z.entries).map(*).reduce(0, +)
      let other = zip(x.entries, back.entries).map(*).reduce(0, +)
      #expect(abs(one - other) < 1e-12)
    }
  }

  @Test func indicesOutOfRange() throws {
    let sizes = [0: 4, 1: 3, 9: 6]
    let table = shape([9, 1], sizes)
    let numbers = shape([0], sizes)
    let rows = shape([0, 1], sizes)
    let x = Tensor(table) { _ in 1 }
    #expect(throws: KernelError.indexOutOfRange(index: 6, size: 6, position: 2)) {
      try run(
        GatherKernel(table: table, indices: numbers, result: rows, along: 9), [x], indices: [0, 5, 6, -1], result: rows,
        as: Float.self)
    }
    #expect(throws: KernelError.indexOutOfRange(index: -1, size: 6, position: 3)) {
      try run(
        ScatterKernel(rows: rows, indices: numbers, result: table, along: 9), [Tensor(rows) { _ in 1 }],
        indices: [0, 5, 4, -1], result: table, as: Float.self)
    }
    #expect(throws: KernelError.operandKind(position: 1)) {
      try run(
        GatherKernel(table: table, indices: numbers, result: rows, along: 9), [x, x], result: rows, as: Float.self)
    }
  }

  /// Image axes 0 (others), 1 and 2; places 3 and 4; window 5 and 6; one more axis 7.
  @Test(arguments: 0..<60)
  func patchesAndFold(seed: Int) throws {
    var random = Random(seed)
    let stride = Int.random(in: 1...3, using: &random)
    let padding = Int.random(in: 0...2, using: &random)
    let window = (Int.random(in: 1...3, using: &random), Int.random(in: 1...3, using: &random))
    let size = (Int.random(in: 3...7, using: &random), Int.random(in: 3...7, using: &random))
    let sizes = [
      0: 2, 1: size.0, 2: size.1, 3: (size.0 + 2 * padding - window.0) / stride + 1,
      4: (size.1 + 2 * padding - window.1) / stride + 1, 5: window.0, 6: window.1, 7: 3,
    ]
    let image = shape([0, 1, 2, 7].shuffled(using: &random), sizes)
    let patches = shape([0, 3, 4, 5, 6, 7].shuffled(using: &random), sizes)
    let spec = PatchWindow(
      rows: 1, columns: 2, toRows: 3, toColumns: 4, windowRows: 5, windowColumns: 6, stride: stride, padding: padding)
    let x = Tensor.random(image, &random)
    let z = Tensor.random(patches, &random)
    let y = try run(
      PatchesKernel(operand: image, result: patches, window: spec), [x], result: patches, as: Double.self, threads: 2)
    let expected = Tensor(patches) { index in
      let row = (index[3] ?? 0) * stride + (index[5] ?? 0) - padding
      let column = (index[4] ?? 0) * stride + (index[6] ?? 0) - padding
      guard (0..<size.0).contains(row), (0..<size.1).contains(column) else { return 0 }
      return x[index.merging([1: row, 2: column]) { $1 }]
    }
    #expect(y.entries == expected.entries)
    let back = try run(
      FoldKernel(operand: patches, result: image, window: spec), [z], result: image, as: Double.self, threads: 2)
    let one = zip(y.entries, z.entries).map(*).reduce(0, +)
    let other = zip(x.entries, back.entries).map(*).reduce(0, +)
    #expect(abs(one - other) < 1e-12)
  }

  @Test func windowsThatDoNotFit() throws {
    let image = shape([1, 2], [1: 5, 2: 5])
    let patches = shape([3, 4, 5, 6], [3: 4, 4: 3, 5: 3, 6: 3])
    let spec = PatchWindow(rows: 1, columns: 2, toRows: 3, toColumns: 4, windowRows: 5, windowColumns: 6)
    #expect(throws: KernelError.window(size: 5, window: 3, stride: 1, padding: 0, places: 4)) {
      try PatchesKernel(operand: image, result: patches, window: spec)
    }
  }
}

import Tensors
import Testing

@Suite struct ContractionTests {
  private static func check(_ operands: [Shape], _ result: Shape, seed: Int) throws {
    var random = Random(seed)
    let tensors = operands.map { Tensor.random($0, &random) }
    let expected = Tensor.einsum(tensors, result)
    let kernel = try Contraction(operands: operands, result: result)
    for threads in [1, 2] {
      let double = try run(kernel, tensors, result: result, as: Double.self, threads: threads)
      #expect(double.distance(expected) < 1e-12, "\(operands) -> \(result)")
      let float = try run(kernel, tensors, result: result, as: Float.self, threads: threads)
      #expect(float.distance(expected) < 1e-5, "\(operands) -> \(result)")
    }
  }

  @Test(arguments: 0..<300)
  func randomPairs(seed: Int) throws {
    var random = Random(seed)
    let sizes = Dictionary(uniqueKeysWithValues: (0..<7).map { ($0, Int.random(in: 1...4, using: &random)) })
    var a: [Label] = []
    var b: [Label] = []
    var c: [Label] = []
    for label in 0..<7 {
      // In one operand or both, kept or summed; or not at all.
      let place = Int.random(in: 0..<8, using: &random)
      if [0, 1, 4, 5].contains(place) { a.append(label) }
      if [2, 3, 4, 5].contains(place) { b.append(label) }
      if [0, 2, 4].contains(place) { c.append(label) }
    }
    a.shuffle(using: &random)
    b.shuffle(using: &random)
    c.shuffle(using: &random)
    try Self.check([shape(a, sizes), shape(b, sizes)], shape(c, sizes), seed: seed)
  }

  @Test(arguments: 0..<60)
  func randomSeveral(seed: Int) throws {
    var random = Random(seed + 1000)
    let sizes = Dictionary(uniqueKeysWithValues: (0..<5).map { ($0, Int.random(in: 1...4, using: &random)) })
    let operands = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      shape((0..<5).filter { _ in Bool.random(using: &random) }.shuffled(using: &random), sizes)
    }
    let all = (0..<5).filter { label in operands.contains { $0.labels.contains(label) } }
    let kept = all.filter { _ in Bool.random(using: &random) }.shuffled(using: &random)
    try Self.check(operands, shape(kept, sizes), seed: seed)
  }

  /// The products of a dense layer and of attention, their gradients, and sums along either side.
  @Test(arguments: [
    ([[0, 1, 2], [3, 2]], [0, 1, 3]), ([[0, 1, 3], [3, 2]], [0, 1, 2]), ([[0, 1, 3], [0, 1, 2]], [3, 2]),
    ([[0, 1, 4, 2], [0, 3, 4, 2]], [0, 4, 1, 3]), ([[0, 4, 1, 3], [0, 3, 4, 2]], [0, 1, 4, 2]),
    ([[0, 1, 2], [4, 5, 2]], [0, 4, 1, 5]), ([[0, 1, 2], [0, 1, 2]], [2]), ([[0, 1, 2], [0, 1, 2]], [0, 1]),
    ([[0, 1, 2], [0, 1, 2]], []), ([[0, 1], [1]], [0]), ([[0, 1], [0]], [1]), ([[0], [1]], [1, 0]),
  ])
  func namedShapes(operands: [[Label]], result: [Label]) throws {
    let sizes = [0: 5, 1: 9, 2: 12, 3: 7, 4: 3, 5: 6]
    try Self.check(operands.map { shape($0, sizes) }, shape(result, sizes), seed: 7)
  }

  /// Products of attention: of an operand with zeros where the key is greater than the query, and with a result of
  /// which nobody reads those entries. About half of the work is left out.
  @Test(arguments: [(5, 3), (16, 32), (33, 7), (48, 16), (258, 2)], [false, true])
  func triangles(size: (sequence: Int, head: Int), isExchanged: Bool) throws {
    let (sequence, head) = size
    // 0 batch, 1 query, 2 entries of a head, 3 key, 4 heads
    let sizes = [0: 1, 1: sequence, 2: head, 3: sequence, 4: sequence < 100 ? 2 : 1]
    let (weights, queries, keys) = ([0, 4, 1, 3], [0, 1, 4, 2], [0, 3, 4, 2])
    var random = Random(sequence)
    for (operands, result) in [([weights, keys], queries), ([weights, queries], keys), ([queries, keys], weights)] {
      let labels = isExchanged ? operands.reversed() : operands
      let shapes = labels.map { shape($0, sizes) }
      let tensors = shapes.map { shape in
        let tensor = Tensor.random(shape, &random)
        guard shape.labels.contains(1), shape.labels.contains(3) else { return tensor }
        return Tensor(shape) { ($0[3] ?? 0) > ($0[1] ?? 0) ? 0 : tensor[$0] }
      }
      let whole = try Contraction(operands: shapes, result: shape(result, sizes))
      let position = labels.firstIndex(of: weights)
      let kernel = try #require(whole.leavingOut(operand: position, query: 2, key: 3))
      #expect(kernel.multiplyAdds == whole.multiplyAdds / 2)
      let expected = Tensor.einsum(tensors, shape(result, sizes))
      for threads in [1, 2] {
        let double = try run(kernel, tensors, result: shape(result, sizes), as: Double.self, threads: threads)
        let float = try run(kernel, tensors, result: shape(result, sizes), as: Float.self, threads: threads)
        if position != nil {
          #expect(double.distance(expected) < 1e-12)
          #expect(float.distance(expected) < 1e-5)
          continue
        }
        #expect((double.entries + float.entries).allSatisfy { $0.isFinite })
        Tensor.forEach(shape(result, sizes)) { index in
          guard (index[3] ?? 0) <= (index[1] ?? 0) else { return }
          if abs(double[index] - expected[index]) > 1e-12 || abs(float[index] - expected[index]) > 1e-5 {
            Issue.record("\(index): \(double[index]) and \(float[index]) for \(expected[index])")
          }
        }
      }
    }
  }

  @Test func layoutsThatNeedNoCopies() throws {
    let sizes = [0: 4, 1: 16, 2: 32, 3: 16, 4: 3]
    for (operands, result) in [
      ([[0, 1, 2], [3, 2]], [0, 1, 3]), ([[0, 1, 3], [3, 2]], [0, 1, 2]), ([[0, 1, 3], [0, 1, 2]], [3, 2]),
      ([[0, 1, 4, 2], [0, 3, 4, 2]], [0, 4, 1, 3]), ([[0, 4, 1, 3], [0, 3, 4, 2]], [0, 1, 4, 2]),
    ] {
      let kernel = try Contraction(operands: operands.map { shape($0, sizes) }, result: shape(result, sizes))
      #expect(kernel.workspace == 0, "\(operands) -> \(result)")
    }
  }

  @Test func emptyAxesGiveZeros() throws {
    let a = shape([0, 1], [0: 3, 1: 0])
    let b = shape([1, 2], [1: 0, 2: 2])
    let sum = try run(
      Contraction(operands: [a, b], result: shape([0, 2], [0: 3, 2: 2])), [Tensor(a) { _ in 1 }, Tensor(b) { _ in 1 }],
      result: shape([0, 2], [0: 3, 2: 2]), as: Float.self)
    #expect(sum.entries == [0, 0, 0, 0, 0, 0])
  }

  @Test func errors() throws {
    let a = shape([0, 1], [0: 3, 1: 4])
    #expect(throws: KernelError.unknownLabel(2)) { try Contraction(operands: [a], result: shape([2], [2: 3])) }
    #expect(throws: KernelError.sizeMismatch(label: 1, 4, 5)) {
      try Contraction(operands: [a, shape([1], [1: 5])], result: shape([0], [0: 3]))
    }
    #expect(throws: KernelError.repeatedLabel(1)) { try Shape(labels: [1, 1], sizes: [2, 2]) }
    #expect(throws: KernelError.malformed(labels: [1], sizes: [])) { try Shape(labels: [1], sizes: []) }
  }
}

import Testing

@testable import Tensors

/// A product joined with the chain behind it gives what the two give one after the other.
@Suite struct ProductChainTests {
  /// Labels 0 and 1 are those of the result, 2 is summed.
  static let layouts: [(a: [Label], b: [Label])] = [
    ([0, 2], [2, 1]), ([0, 2], [1, 2]), ([2, 0], [2, 1]), ([2, 0], [1, 2]), ([1, 2], [2, 0]), ([2, 1], [0, 2]),
  ]

  @Test(arguments: [(130, 512, 40), (512, 1100, 300), (100, 700, 64), (4096, 48, 64), (100, 2048, 40)])
  func agrees(rows: Int, columns: Int, terms: Int) throws {
    let sizes = [rows, columns, terms]
    let shape = { (labels: [Label]) in try Shape(labels: labels, sizes: labels.map { sizes[$0] }) }
    let space = try shape([0, 1])
    let bias = try shape([1])
    // y = x + 0.5 p b, z = tanh(p)
    let chain = try ElementwiseChain(
      space: space, inputs: [space, space, bias],
      operations: [
        .product([1, 2]), .combination([(.constant(1), 0), (.constant(0.5), 3)], offset: 0), .map(.tanh, 1),
      ], outputs: [4, 5])
    var joinedOnes = 0
    for layout in Self.layouts {
      let (a, b) = (random(try shape(layout.a).count, 1), random(try shape(layout.b).count, 2))
      let (x, c) = (random(space.count, 3), random(columns, 4))
      let contraction = try Contraction(operands: [try shape(layout.a), try shape(layout.b)], result: space)
      guard let joined = ProductChain(contraction, chain, position: 1) else { continue }
      joinedOnes += 1
      let product = TensorBuffer<Float>(count: space.count)
      let scratch = TensorBuffer<Float>(count: max(1, contraction.workspace))
      try contraction.run(
        [.values(a.pointer), .values(b.pointer)], into: product.pointer, workspace: scratch.pointer, threads: 1)
      let (y, z) = (TensorBuffer<Float>(count: space.count), TensorBuffer<Float>(count: space.count))
      try chain.run(inputs: [x, product, c].map { UnsafePointer($0.pointer) }, outputs: [y.pointer, z.pointer])
      for (threads, stores) in [(1, false), (3, false), (2, true)] {
        // The first output lies over an input, as an optimizer's new weights do.
        let (result, second) = (random(space.count, 3), TensorBuffer<Float>(count: space.count))
        let stored = TensorBuffer<Float>(count: stores ? space.count : 0)
        let workspace = TensorBuffer<Float>(count: joined.workspace)
        try joined.run(
          [UnsafePointer(a.pointer), UnsafePointer(b.pointer)], product: stores ? stored.pointer : nil,
          inputs: [UnsafePointer(result.pointer), UnsafePointer(result.pointer), UnsafePointer(c.pointer)],
          outputs: [result.pointer, second.pointer], scalars: [], workspace: workspace.pointer, threads: threads)
        #expect(worst(result, y) < 2e-4 && worst(second, z) < 2e-4, "\(layout) \(threads) \(stores)")
        if stores { #expect(worst(stored, product) < 2e-4, "\(layout)") }
      }
      withExtendedLifetime((a, b, x, c, y, z, product, scratch)) {}
    }
    #expect(joinedOnes >= 3, "of \(rows) x \(columns) x \(terms)")
  }

  private func random(_ count: Int, _ stream: UInt64) -> TensorBuffer<Float> {
    let buffer = TensorBuffer<Float>(count: count)
    GaussianStream.fill(buffer.slice(), seed: 7, stream: stream, standardDeviation: 1)
    return buffer
  }

  private func worst(_ a: TensorBuffer<Float>, _ b: TensorBuffer<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    let (x, y) = (a.pointer, b.pointer)
    var (worst, i) = (Float(0), 0)
    while i < a.count {
      let difference = abs(x[i] - y[i])
      if difference.isNaN { return .infinity }
      if difference > worst { worst = difference }
      i += 1
    }
    return worst
  }
}

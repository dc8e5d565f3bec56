import Foundation
import Tensors
import Testing

@Suite struct EigenTests {
  /// `A A^T` with axes [rows.., columns..], of rank at most `rank`.
  private static func square(_ sizes: [Int], rank: Int, _ random: inout Random) throws -> (
    matrix: Tensor, over: [Label]
  ) {
    let over = Array(sizes.indices)
    let all = Dictionary(uniqueKeysWithValues: sizes.enumerated().map { ($0, $1) })
    var labels = all
    for (i, size) in sizes.enumerated() { labels[10 + i] = size }
    labels[50] = rank
    let a = Tensor.random(shape(over + [50], labels), &random)
    let b = Tensor(shape(over.map { $0 + 10 } + [50], labels), entries: a.entries)
    return (Tensor.einsum([a, b], shape(over + over.map { $0 + 10 }, labels)), over)
  }

  private func power(_ matrix: Tensor, _ x: Tensor, _ over: [Label], _ p: Double, _ epsilon: Double = 0) throws
    -> Tensor
  {
    try run(
      MatrixPowerKernel(
        matrix: matrix.shape, operand: x.shape, over: over, power: p, epsilon: epsilon, result: x.shape),
      [matrix, x], result: x.shape, as: Double.self)
  }

  /// `L^p` applied q times is L, where p q = 1; and what a negative power makes, L^(-p) undoes.
  @Test(arguments: 0..<12)
  func powersMultiplyToTheMatrix(seed: Int) throws {
    var random = Random(seed)
    let sizes = [[5], [3, 2], [2, 2, 2]][seed % 3]
    let n = sizes.reduce(1, *)
    let (matrix, over) = try Self.square(sizes, rank: n + 3, &random)
    let labels = Dictionary(uniqueKeysWithValues: sizes.enumerated().map { ($0, $1) } + [(20, 3), (21, 2)])
    let x = Tensor.random(shape((over + [20, 21]).shuffled(using: &random), labels), &random)
    let renamed = Tensor(shape(x.shape.labels.map { $0 < 10 ? $0 + 10 : $0 }, renumbered(labels)), entries: x.entries)
    let product = Tensor.einsum([matrix, renamed], x.shape)
    for (p, times) in [(1.0, 1), (0.5, 2), (0.25, 4)] {
      let forth = try (0..<times).reduce(x) { y, _ in try power(matrix, y, over, p) }
      #expect(forth.distance(product) < 1e-10)
      let back = try (0..<times).reduce(forth) { y, _ in try power(matrix, y, over, -p) }
      #expect(back.distance(x) < 1e-8)
    }
  }

  private func renumbered(_ labels: [Label: Int]) -> [Label: Int] {
    var result = labels
    for (label, size) in labels where label < 10 { result[label + 10] = size }
    return result
  }

  /// Of one direction u, `(u u^T + epsilon)^p u` is `(1 + epsilon)^p u`, and of what stands across, epsilon^p times
  /// that.
  @Test func dampingIsRelative() throws {
    let (two, four) = ([0: 2], [0: 2, 10: 2])
    for size in [1e-6, 1, 1e6] {
      let matrix = Tensor(shape([0, 10], four), entries: [0.36, 0.48, 0.48, 0.64].map { size * $0 })
      let along = try power(matrix, Tensor(shape([0], two), entries: [0.6, 0.8]), [0], -0.5, 0.01)
      let across = try power(matrix, Tensor(shape([0], two), entries: [0.8, -0.6]), [0], -0.5, 0.01)
      let unit = pow(1.01 * size, -0.5)
      #expect(along.distance(Tensor(along.shape, entries: [0.6 * unit, 0.8 * unit])) < 1e-12)
      let other = pow(0.01 * size, -0.5)
      #expect(across.distance(Tensor(along.shape, entries: [0.8 * other, -0.6 * other])) < 1e-12)
    }
    let nothing = Tensor(shape([0, 10], four)) { _ in 0 }
    #expect(try power(nothing, Tensor(shape([0], two), entries: [1, 2]), [0], -1, 0.01).entries == [0, 0])
  }

  /// The eigenvectors are orthonormal, their eigenvalues the largest, and they make the matrix again.
  @Test(arguments: 0..<8)
  func eigenvectorsMakeTheMatrix(seed: Int) throws {
    var random = Random(seed)
    let sizes = [[6], [3, 2]][seed % 2]
    let rank = [1, 2, 3, 6][seed / 2]
    let (matrix, over) = try Self.square(sizes, rank: rank, &random)
    var labels = Dictionary(uniqueKeysWithValues: zip(matrix.shape.labels, matrix.shape.sizes))
    (labels[30], labels[31]) = (8, 8)
    let result = shape(over + [30], labels)
    let basis = try run(
      EigenbasisKernel(matrix: matrix.shape, epsilon: 1e-9, result: result), [matrix], result: result, as: Double.self)
    let other = Tensor(shape(over.map { $0 + 10 } + [31], labels), entries: basis.entries)
    let values = Tensor.einsum([basis, matrix, other], shape([30, 31], labels))
    for i in 0..<8 {
      for j in 0..<8 where i != j { #expect(abs(values[[30: i, 31: j]]) < 1e-10) }
      if i > 0 { #expect(values[[30: i, 31: i]] <= values[[30: i - 1, 31: i - 1]]) }
      let column = (0..<6).map { basis.entries[$0 * 8 + i] }
      #expect(abs(column.reduce(0) { $0 + $1 * $1 } - (i < rank ? 1 : 0)) < 1e-12)
      #expect((column.max { abs($0) < abs($1) } ?? 0) >= 0)
    }
    #expect(Tensor.einsum([basis, values, other], matrix.shape).distance(matrix) < 1e-10)
  }

  @Test func floatsAgree() throws {
    var random = Random(3)
    let (matrix, over) = try Self.square([40], rank: 60, &random)
    let x = Tensor.random(shape([0, 20], [0: 40, 20: 7]), &random)
    let kernel = try MatrixPowerKernel(
      matrix: matrix.shape, operand: x.shape, over: over, power: -0.25, epsilon: 1e-4, result: x.shape)
    let exact = try run(kernel, [matrix, x], result: x.shape, as: Double.self)
    let rounded = try run(kernel, [matrix, x], result: x.shape, as: Float.self)
    #expect(rounded.distance(exact) < 1e-4)
  }

  @Test func whatIsNotFiniteIsSeen() throws {
    let square = shape([0, 10], [0: 3, 10: 3])
    let column = shape([0], [0: 3])
    let basis = shape([0, 30], [0: 3, 30: 2])
    for bad in [Double.nan, .infinity] {
      let matrix = Tensor(square) { $0 == [0: 1, 10: 2] ? bad : 1 }
      #expect(try power(matrix, Tensor(column) { _ in 1 }, [0], -0.5).entries.allSatisfy { $0.isNaN })
      let vectors = try run(
        EigenbasisKernel(matrix: square, epsilon: 0, result: basis), [matrix], result: basis, as: Double.self)
      #expect(vectors.entries.allSatisfy { $0.isNaN })
    }
  }

  @Test func whatIsNotSquareIsRefused() {
    let (tall, column) = (shape([0, 10], [0: 3, 10: 2]), shape([0], [0: 3]))
    #expect(throws: KernelError.sizeMismatch(label: 0, 3, 2)) {
      try MatrixPowerKernel(matrix: tall, operand: column, over: [0], power: -1, epsilon: 0, result: column)
    }
    #expect(throws: KernelError.unknownLabel(1)) {
      try MatrixPowerKernel(matrix: tall, operand: column, over: [1], power: -1, epsilon: 0, result: column)
    }
  }
}

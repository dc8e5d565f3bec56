import COpenBLAS
import Dispatch
import Foundation
import Tensors

/// The times of a matrix product of the GPT step, computed by this package and by OpenBLAS alone.
struct ProductTime: Codable, CustomStringConvertible {
  var width: Int
  /// `NT 1024 x 256 x 64`: how the operands lie, then rows, columns and the summed size; and how many at once.
  var shape: String
  var seconds: Double
  var library: Double
  /// OpenBLAS's time divided by ours, the median over rounds.
  var ratio: Double
  var operations: Double

  static let header = "  products on the same threads        ours        OpenBLAS      ratio"

  var description: String {
    "  width \(width)".padding(toLength: 14, withPad: " ", startingAt: 0)
      + shape.padding(toLength: 30, withPad: " ", startingAt: 0)
      + String(
        format: "%6.0f GFLOP/s  %6.0f GFLOP/s  %.2f", operations / seconds / 1e9, operations / library / 1e9, ratio)
  }
}

/// C = A B, `batch` times; a transposed operand lies with its columns as rows.
private struct Product {
  var transposed: (a: Bool, b: Bool)
  var m: Int, n: Int, k: Int
  var batch = 1

  var name: String {
    let letters = (transposed.a ? "T" : "N") + (transposed.b ? "T" : "N")
    return "\(letters) \(m) x \(n) x \(k)" + (batch > 1 ? ", \(batch) times" : "")
  }
  var operations: Double { 2 * Double(m * n * k * batch) }

  func contraction() throws -> Contraction {
    let each = batch > 1 ? [(3, batch)] : []
    func shape(_ axes: [(Int, Int)]) throws -> Shape {
      try Shape(labels: (each + axes).map(\.0), sizes: (each + axes).map(\.1))
    }
    let a = transposed.a ? [(2, k), (0, m)] : [(0, m), (2, k)]
    let b = transposed.b ? [(1, n), (2, k)] : [(2, k), (1, n)]
    return try Contraction(operands: [try shape(a), try shape(b)], result: try shape([(0, m), (1, n)]))
  }

  /// OpenBLAS with its own threads, or, of many small products, on each thread its share of them.
  func runLibrary(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ threads: Int
  ) {
    func one(_ i: Int) {
      cblas_sgemm(
        CblasRowMajor, transposed.a ? CblasTrans : CblasNoTrans, transposed.b ? CblasTrans : CblasNoTrans, Int32(m),
        Int32(n), Int32(k), 1, a + i * m * k, Int32(transposed.a ? m : k), b + i * k * n,
        Int32(transposed.b ? k : n), 0, c + i * m * n, Int32(n))
    }
    if batch == 1 { return one(0) }
    openblas_set_num_threads(1)
    defer { openblas_set_num_threads(Int32(threads)) }
    nonisolated(unsafe) let work = one
    DispatchQueue.concurrentPerform(iterations: threads) { part in
      for i in batch * part / threads..<batch * (part + 1) / threads { work(i) }
    }
  }
}

/// The shapes of a step at a width: 1024 tokens, 16 sequences of 64, heads of 32.
private func shapes(_ d: Int) -> [Product] {
  let tokens = 1024
  var products: [Product] = []
  for (out, into) in [(d, d), (4 * d, d), (d, 4 * d), (96, d)] {
    products.append(Product(transposed: (false, true), m: tokens, n: out, k: into))
    products.append(Product(transposed: (false, false), m: tokens, n: into, k: out))
    products.append(Product(transposed: (true, false), m: out, n: into, k: tokens))
  }
  let heads = 16 * d / 32
  products.append(Product(transposed: (false, true), m: 64, n: 64, k: 32, batch: heads))
  products.append(Product(transposed: (false, false), m: 64, n: 32, k: 64, batch: heads))
  products.append(Product(transposed: (true, false), m: 64, n: 32, k: 64, batch: heads))
  return products
}

/// Seconds of each product of a step, by this package's engine or by OpenBLAS alone.
///
/// A process has only one of the two: the threads of a library that has run spin for a while, and take the place of the
/// other's.
func products(_ options: Options) throws -> Outcome {
  openblas_set_num_threads(Int32(options.threads))
  return Outcome(times: try shapes(options.width).map { try measure($0, options) })
}

/// Measures both engines in turn, each in a process of its own, in each round.
func compareProducts(_ options: Options, _ child: (_ arguments: [String]) throws -> Outcome) rethrows -> [ProductTime] {
  try options.gptWidths.flatMap { width in
    let pairs = try (0..<options.rounds).map { _ in
      let library = try child(["--width", "\(width)", "--library"]).times ?? []
      return (library: library, ours: try child(["--width", "\(width)"]).times ?? [])
    }
    return shapes(width).enumerated().map { i, product in
      ProductTime(
        width: width, shape: product.name, seconds: pairs.map { $0.ours[i] }.median,
        library: pairs.map { $0.library[i] }.median, ratio: pairs.map { $0.library[i] / $0.ours[i] }.median,
        operations: product.operations)
    }
  }
}

private func measure(_ product: Product, _ options: Options) throws -> Double {
  let a = TensorBuffer<Float>(count: product.m * product.k * product.batch)
  let b = TensorBuffer<Float>(count: product.k * product.n * product.batch)
  let c = TensorBuffer<Float>(count: product.m * product.n * product.batch)
  GaussianStream.fill(a.slice(), seed: 0, stream: 1, standardDeviation: 1)
  GaussianStream.fill(b.slice(), seed: 0, stream: 2, standardDeviation: 1)
  let contraction = try product.contraction()
  let scratch = TensorBuffer<Float>(count: contraction.workspace)
  func run() throws {
    if options.library { return product.runLibrary(a.pointer, b.pointer, c.pointer, options.threads) }
    try contraction.run(
      [.values(a.pointer), .values(b.pointer)], into: c.pointer, workspace: scratch.pointer, threads: options.threads)
  }
  // The mean of many runs, since the fastest would hide the cost of waking a thread; after some runs to warm up.
  let span = options.quick ? 0.002 : 0.03
  var warm = 0.0
  var once = Double.infinity
  while warm < span {
    let time = try seconds(run)
    once = min(once, time)
    warm += time
  }
  let count = max(3, Int(span / max(once, 1e-7)))
  return try seconds { for _ in 0..<count { try run() } } / Double(count)
}

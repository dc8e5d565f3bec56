import Testing

@testable import Tensors

/// Products of all kinds of layouts, sizes around those of tiles and blocks, against the sum that defines them.
@Suite struct ProductTests {
  static let sizes = [
    (1, 1, 1), (2, 3, 5), (5, 16, 8), (6, 17, 9), (7, 31, 64), (13, 33, 30), (3, 5, 600), (121, 10, 4), (14, 195, 5),
    (2, 2060, 3), (31, 130, 270),
  ]

  @Test(arguments: sizes) func float(m: Int, n: Int, k: Int) { check(Float.self, m, n, k, tolerance: 2e-5) }
  @Test(arguments: sizes) func double(m: Int, n: Int, k: Int) { check(Double.self, m, n, k, tolerance: 4e-14) }

  private func check<T: Element>(_ type: T.Type, _ m: Int, _ n: Int, _ k: Int, tolerance: Double) {
    let (a, b) = (TensorBuffer<T>(count: m * k), TensorBuffer<T>(count: k * n))
    GaussianStream.fill(a.slice(), seed: 1, stream: 1, standardDeviation: 1)
    GaussianStream.fill(b.slice(), seed: 1, stream: 2, standardDeviation: 1)
    // Rows that do not touch: what lies between them must stay.
    let ldc = n + 3
    for aIsTransposed in [false, true] {
      for bIsTransposed in [false, true] {
        let aStrides = aIsTransposed ? Strides(1, m) : Strides(k, 1)
        let bStrides = bIsTransposed ? Strides(1, k) : Strides(n, 1)
        for (adds, threads) in [(false, 1), (true, 1), (false, 3)] {
          let c = TensorBuffer<T>(count: m * ldc)
          for i in 0..<m * ldc { c[i] = T(i % 7) }
          Vector.product(
            m: m, n: n, k: k, a.pointer, aStrides, b.pointer, bStrides, c.pointer, ldc, adds: adds, threads: threads)
          var worst = 0.0
          for i in 0..<m {
            for j in 0..<ldc {
              var sum = adds || j >= n ? Double((i * ldc + j) % 7) : 0
              if j < n {
                for p in 0..<k {
                  sum +=
                    Double(a[i * aStrides.rows + p * aStrides.columns])
                    * Double(b[p * bStrides.rows + j * bStrides.columns])
                }
              }
              worst = max(worst, abs(Double(c[i * ldc + j]) - sum))
            }
          }
          #expect(worst <= tolerance * Double(k).squareRoot(), "\(aIsTransposed) \(bIsTransposed) \(adds) \(threads)")
        }
      }
    }
    withExtendedLifetime((a, b)) {}
  }

  /// Threads of several callers at once: one has the team, the others go alone, and nothing is lost.
  @Test func manyCallers() async {
    let sums = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<16 {
        group.addTask {
          var total = 0
          for _ in 0..<200 {
            let parts = TensorBuffer<Double>(count: 64)
            parallel(64, grain: 1, threads: 4) { range in for i in range { parts.slice()[i] += Double(i) } }
            total += Int(parts.slice().reduce(0, +))
          }
          return total
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [Int](repeating: 200 * 2016, count: 16))
  }
}

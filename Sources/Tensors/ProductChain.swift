internal import CVectorMath

/// A matrix product and the chain that reads its result, done together by slabs of rows: what the chain reads was just
/// computed and is still in the cache. If nobody else reads the result, it is never stored whole; so an optimizer's
/// chain behind a gradient's product needs no memory for the gradient.
public struct ProductChain: Sendable {
  private let chain: ElementwiseChain
  /// Which of the chain's inputs is the product.
  private let position: Int
  private let plan: MatrixPlan
  private let m: Int, n: Int, k: Int
  /// Rows of a slab.
  private let rows: Int

  /// Scratch memory, in scalars.
  public let workspace: Int

  /// Multiplications with an addition.
  public var multiplyAdds: Int { m * n * k }

  /// Nil where it cannot be done, or would not pay: the contraction must be one matrix product whose result lies in the
  /// order of the chain's space and is too large for the nearest caches.
  public init?(_ contraction: Contraction, _ chain: ElementwiseChain, position: Int) {
    guard let plan = contraction.onlyProduct, plan.m > 1, plan.n > 1, chain.inOrder[position] else { return nil }
    let (m, n) = plan.swapped ? (plan.n, plan.m) : (plan.m, plan.n)
    guard plan.c.leading == n, m * n >= 1 << 16, plan.k <= 4 * m, m >= 64 else { return nil }
    // A slab stays in the cache of a processor; their number divides by many numbers of threads.
    let most = max(24, min(120, (1 << 16) / n))
    let number = ((m + most - 1) / most + 3) / 4 * 4
    let least = (m + number - 1) / number
    let limit = Int(vm_slab_bytes) / MemoryLayout<Double>.stride / n
    guard least <= limit, let rows = (least...limit).first(where: { chain.isBoundary(every: $0 * n) }) else {
      return nil
    }
    (self.m, self.n, self.rows, k) = (m, n, rows, plan.k)
    (self.plan, self.chain, self.position) = (plan, chain, position)
    let whole = Int(vm_packed_step)
    workspace = (n + whole - 1) / whole * whole * k
  }

  /// - Parameters:
  ///   - operands: The two that are multiplied, in the contraction's order.
  ///   - product: Where the product is stored, if it is.
  ///   - inputs: The chain's; the one at the product's position is not read.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func run<T: Element>(
    _ operands: [UnsafePointer<T>], product: UnsafeMutablePointer<T>?, inputs: [UnsafePointer<T>],
    outputs: [UnsafeMutablePointer<T>], scalars: [Double], workspace: UnsafeMutablePointer<T>, threads: Int
  ) {
    let (a, b) = plan.swapped ? (operands[1], operands[0]) : (operands[0], operands[1])
    let left = plan.swapped ? plan.b.strides.flipped : plan.a.strides
    let right = plan.swapped ? plan.a.strides.flipped : plan.b.strides
    let step = Int(vm_packed_step)
    parallel((n + step - 1) / step, grain: 1, threads: threads) { range in
      Vector.pack(
        n: n, k: k, b, right, workspace, range.lowerBound * step..<min(n, range.upperBound * step))
    }
    parallel((m + rows - 1) / rows, grain: 1, threads: threads) { range in
      var inputs = inputs
      for slab in range {
        let first = slab * rows
        let count = min(rows, m - first)
        let target = product.map { $0 + first * n }
        guard
          let result = Vector.product(
            m: count, n: n, k: k, a + first * left.rows, left, packed: UnsafePointer(workspace), target)
        else { return }
        // As if the whole product lay there.
        inputs[position] = UnsafePointer(result - first * n)
        chain.run(entries: first * n..<(first + count) * n, inputs: inputs, outputs: outputs, scalars: scalars)
      }
    }
  }
}

extension Vector {
  /// Part of the columns of B, n of them in all.
  fileprivate static func pack(
    n: Int, k: Int, _ b: Source<T>, _ strides: Strides, _ to: Target<T>, _ columns: Range<Int>
  ) {
    if isFloat {
      vm_pack_f32(n, k, f(b), strides.rows, strides.columns, f(to), columns.lowerBound, columns.upperBound)
    } else {
      vm_pack_f64(n, k, d(b), strides.rows, strides.columns, d(to), columns.lowerBound, columns.upperBound)
    }
  }

  /// C = A B, contiguous, at c or in the thread's own memory.
  fileprivate static func product(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ strides: Strides, packed: Source<T>, _ c: Target<T>?
  ) -> Target<T>? {
    let result: UnsafeMutableRawPointer?
    if isFloat {
      result = UnsafeMutableRawPointer(
        vm_product_packed_f32(m, n, k, f(a), strides.rows, strides.columns, f(packed), c.map { f($0) }, n))
    } else {
      result = UnsafeMutableRawPointer(
        vm_product_packed_f64(m, n, k, d(a), strides.rows, strides.columns, d(packed), c.map { d($0) }, n))
    }
    return result?.assumingMemoryBound(to: T.self)
  }
}

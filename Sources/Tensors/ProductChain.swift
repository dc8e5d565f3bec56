internal import CVectorMath

/// A matrix product and the chain that reads its result, computed together slab by slab, so that the chain reads from
/// the cache what was just computed. If nothing else reads the result, it is never stored whole: an optimizer's chain
/// after a gradient's product needs no memory for the gradient.
public struct ProductChain: Sendable {
  private let chain: ElementwiseChain
  /// Which of the chain's inputs is the product.
  private let position: Int
  private let plan: MatrixPlan
  private let m: Int, n: Int, k: Int
  /// Rows of a slab, and its columns: all of them, or whole blocks of the chain.
  private let rows: Int, columns: Int
  /// Whether the chain's other inputs and outputs are fetched into the cache while a slab's product is computed.
  private let fetches: Bool

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
    let block = BlockPlan.capacity
    columns = n > block && n % block == 0 && chain.isBoundary(every: block) ? block : n
    // If k is small, the chain takes a good part of the time, and its tensors fit beside the slab in a core's cache. If
    // it is large, the other operand is read anew for each slab.
    fetches = plan.k <= 256
    let most = max(24, min(240, (fetches ? 3 << 13 : 1 << 17) / columns))
    // The number of slabs divides by many numbers of threads.
    let number = ((m + most - 1) / most + 3) / 4 * 4
    let least = (m + number - 1) / number
    let limit = Int(vm_slab_bytes) / MemoryLayout<Double>.stride / columns
    guard least <= limit, let rows = (least...limit).first(where: { chain.isBoundary(every: $0 * n) }) else {
      return nil
    }
    (self.m, self.n, self.rows, k) = (m, n, rows, plan.k)
    (self.plan, self.chain, self.position) = (plan, chain, position)
    let whole = Int(vm_packed_step)
    workspace = (columns + whole - 1) / whole * whole * k
    // Packing should not take more memory than is saved.
    guard workspace <= max(1 << 20, 2 * m * n) else { return nil }
  }

  /// - Parameters:
  ///   - operands: The two that are multiplied, in the contraction's order.
  ///   - product: Where the product is stored; nil if it need not be.
  ///   - inputs: The chain's; the one at the product's position is not read.
  ///
  /// Throws ``KernelError/memoryRefused(bytes:)``.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func run<T: Element>(
    _ operands: [UnsafePointer<T>], product: UnsafeMutablePointer<T>?, inputs: [UnsafePointer<T>],
    outputs: [UnsafeMutablePointer<T>], scalars: [Double], workspace: UnsafeMutablePointer<T>, threads: Int
  ) throws(KernelError) {
    let (a, b) = plan.swapped ? (operands[1], operands[0]) : (operands[0], operands[1])
    let left = plan.swapped ? plan.b.strides.flipped : plan.a.strides
    let right = plan.swapped ? plan.a.strides.flipped : plan.b.strides
    let step = Int(vm_packed_step)
    for column in stride(from: 0, to: n, by: columns) {
      parallel((columns + step - 1) / step, grain: 1, threads: threads) { range in
        Vector.pack(
          n: columns, k: k, b + column * right.columns, right, workspace,
          range.lowerBound * step..<min(columns, range.upperBound * step))
      }
      try parallel(
        (m + rows - 1) / rows, grain: 1, threads: threads, scratch: chain.scratchBytes(T.self)
      ) { range, memory in
        compute(
          range, column, a, left, product, inputs, outputs, packed: UnsafePointer(workspace),
          in: ElementwiseChain.BlockMemory(of: chain, scalars, at: memory))
      }
    }
  }

  /// Some of the slabs whose first column is this, on the calling thread; false if there is no memory for its product.
  @inline(__always)
  private func compute<T: Element>(
    _ slabs: Range<Int>, _ column: Int, _ a: Source<T>, _ left: Strides, _ product: Target<T>?, _ inputs: [Source<T>],
    _ outputs: [Target<T>], packed: Source<T>, in memory: ElementwiseChain.BlockMemory<T>
  ) -> Bool {
    let isFar = !fetches && m * n >= 1 << 18
    return withUnsafeTemporaryAllocation(of: vm_ahead.self, capacity: inputs.count + outputs.count) { ahead in
      // The chain's inputs, with the product's address as it moves on.
      return withUnsafeTemporaryAllocation(of: UnsafePointer<T>.self, capacity: inputs.count) { moved in
        _ = moved.initialize(fromContentsOf: inputs)
        return outputs.withUnsafeBufferPointer { targets in
          for slab in slabs {
            let row = slab * rows
            let (count, start) = (min(rows, m - row), row * n + column)
            let number = fetches ? needs(inputs, outputs, start, count, ahead) : 0
            guard
              let (result, stride) = Vector.product(
                m: count, n: columns, k: k, a + row * left.rows, left, packed: packed, product.map { $0 + start },
                stride: product == nil ? columns : n, ahead.baseAddress, number)
            else { return false }
            // The address of a whole product with this slab in its place; row by row, if the slab lacks some columns.
            let (runs, length) = columns == n ? (1, count * n) : (count, columns)
            for i in 0..<runs {
              let first = start + i * n
              moved[position] = UnsafePointer(result + i * stride - first)
              chain.run(
                entries: first..<first + length, inputs: UnsafeBufferPointer(moved), outputs: targets, in: memory,
                fetches: isFar)
            }
          }
          return true
        }
      }
    }
  }

  /// The parts of the chain's other inputs and outputs that belong to a slab, of those that lie as the product does.
  @inline(__always)
  private func needs<T: Element>(
    _ inputs: [Source<T>], _ outputs: [Target<T>], _ start: Int, _ count: Int,
    _ ahead: UnsafeMutableBufferPointer<vm_ahead>
  ) -> Int {
    var number = 0
    func add(_ from: Source<T>) {
      ahead[number] = vm_ahead(
        from: from + start, rows: count, length: columns * MemoryLayout<T>.stride, stride: n * MemoryLayout<T>.stride)
      number += 1
    }
    for i in inputs.indices where i != position && chain.inOrder[i] { add(inputs[i]) }
    for i in outputs.indices where !chain.rowOutputs[i] && !inputs.contains(UnsafePointer(outputs[i])) {
      add(UnsafePointer(outputs[i]))
    }
    return number
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

  /// C = A B, at c or in the thread's own memory, with rows `stride` apart, while other memory is fetched into the
  /// cache.
  fileprivate static func product(
    m: Int, n: Int, k: Int, _ a: Source<T>, _ strides: Strides, packed: Source<T>, _ c: Target<T>?, stride: Int,
    _ ahead: UnsafePointer<vm_ahead>?, _ count: Int
  ) -> (Target<T>, stride: Int)? {
    let result: UnsafeMutableRawPointer?
    if isFloat {
      result = UnsafeMutableRawPointer(
        vm_product_packed_f32(
          m, n, k, f(a), strides.rows, strides.columns, f(packed), c.map { f($0) }, stride, ahead, count))
    } else {
      result = UnsafeMutableRawPointer(
        vm_product_packed_f64(
          m, n, k, d(a), strides.rows, strides.columns, d(packed), c.map { d($0) }, stride, ahead, count))
    }
    return result.map { ($0.assumingMemoryBound(to: T.self), stride) }
  }
}

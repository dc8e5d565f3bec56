/// Nested loops over several arrays at once: sizes of the loops, outermost first, and each array's strides.
struct Space: Sendable {
  var sizes: [Int]
  /// The strides, by array, then by loop.
  var strides: [[Int]]

  init(sizes: [Int], strides: [[Int]]) { (self.sizes, self.strides) = (sizes, strides) }

  /// Loops over these labels; an array without a label stays in place along it.
  init(_ labels: [Label], sizes: [Int], arrays: [Shape]) {
    self.init(sizes: sizes, strides: arrays.map { $0.strides(along: labels) })
  }

  var count: Int { sizes.product }
  var rank: Int { sizes.count }

  /// The same loops with those of one step left out and neighbours merged where every array allows it.
  func collapsed() -> Space {
    var result = Space(sizes: [], strides: strides.map { _ in [] })
    for loop in sizes.indices where sizes[loop] != 1 {
      if let last = result.sizes.indices.last,
        strides.indices.allSatisfy({ result.strides[$0][last] == strides[$0][loop] * sizes[loop] })
      {
        result.sizes[last] *= sizes[loop]
        for array in strides.indices { result.strides[array][last] = strides[array][loop] }
      } else {
        result.sizes.append(sizes[loop])
        for array in strides.indices { result.strides[array].append(strides[array][loop]) }
      }
    }
    return result
  }

  /// Some of the loops, in the order given.
  func selecting(_ loops: [Int]) -> Space {
    Space(sizes: loops.map { sizes[$0] }, strides: strides.map { own in loops.map { own[$0] } })
  }

  func dropping(_ loop: Int) -> Space { selecting(sizes.indices.filter { $0 != loop }) }
}

/// Walks through a space of at most four arrays, keeping their offsets. It holds no memory of its own.
struct Walk {
  private let rank: Int
  private var sizes = SIMD16<Int>(repeating: 1)
  private var index = SIMD16<Int>(repeating: 0)
  /// By array, then by loop.
  private var strides = (SIMD16<Int>(), SIMD16<Int>(), SIMD16<Int>(), SIMD16<Int>())
  /// Entries from the start of each array.
  private(set) var offset = SIMD4<Int>(repeating: 0)

  /// Begins at a position counted in row-major order.
  init(_ space: Space, at position: Int = 0) {
    rank = space.rank
    let arrays = space.strides.count
    for loop in 0..<rank {
      sizes[loop] = space.sizes[loop]
      if arrays > 0 { strides.0[loop] = space.strides[0][loop] }
      if arrays > 1 { strides.1[loop] = space.strides[1][loop] }
      if arrays > 2 { strides.2[loop] = space.strides[2][loop] }
      if arrays > 3 { strides.3[loop] = space.strides[3][loop] }
    }
    var rest = position
    var loop = rank - 1
    while loop >= 0 {
      index[loop] = sizes[loop] == 0 ? 0 : rest % sizes[loop]
      rest = sizes[loop] == 0 ? 0 : rest / sizes[loop]
      offset &+= stride(loop) &* SIMD4(repeating: index[loop])
      loop -= 1
    }
  }

  @inline(__always)
  private func stride(_ loop: Int) -> SIMD4<Int> {
    SIMD4(strides.0[loop], strides.1[loop], strides.2[loop], strides.3[loop])
  }

  mutating func advance() {
    var loop = rank - 1
    while loop >= 0 {
      index[loop] += 1
      offset &+= stride(loop)
      if index[loop] < sizes[loop] { return }
      offset &-= stride(loop) &* SIMD4(repeating: sizes[loop])
      index[loop] = 0
      loop -= 1
    }
  }
}

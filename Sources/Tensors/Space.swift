/// Nested loops over several arrays at once: sizes of the loops, outermost first, and each array's strides.
struct Space: Sendable {
  var sizes: [Int]
  /// By array, then by loop.
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

/// Walks through a space of at most four arrays, keeping their offsets.
struct Walk {
  private let sizes: [Int]
  private let strides: [SIMD4<Int>]
  private var index: [Int]
  /// Entries from the start of each array.
  private(set) var offset = SIMD4<Int>(repeating: 0)

  /// Begins at a position counted in row-major order.
  init(_ space: Space, at position: Int = 0) {
    sizes = space.sizes
    strides = space.sizes.indices.map { loop in
      var stride = SIMD4<Int>(repeating: 0)
      for array in space.strides.indices { stride[array] = space.strides[array][loop] }
      return stride
    }
    index = sizes
    var rest = position
    for loop in sizes.indices.reversed() {
      index[loop] = sizes[loop] == 0 ? 0 : rest % sizes[loop]
      rest = sizes[loop] == 0 ? 0 : rest / sizes[loop]
      offset &+= strides[loop] &* SIMD4(repeating: index[loop])
    }
  }

  mutating func advance() {
    var loop = sizes.count - 1
    while loop >= 0 {
      index[loop] += 1
      offset &+= strides[loop]
      if index[loop] < sizes[loop] { return }
      offset &-= strides[loop] &* SIMD4(repeating: sizes[loop])
      index[loop] = 0
      loop -= 1
    }
  }
}

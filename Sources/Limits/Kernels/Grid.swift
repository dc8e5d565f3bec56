import TensorPrograms

/// One index of an expectation: an axis of a program, of which example or copy.
///
/// Equal labels are the same index: what has them in two places is summed or compared along the diagonal.
struct Label: Hashable, Comparable {
  var axis: AxisID
  /// Which index of the axis, where an expectation has several.
  var copy: Int16 = 0
  /// Of which of the two examples, 0 or 1; of a growing axis always 0.
  var side: Int8 = 0

  static func < (a: Label, b: Label) -> Bool { (a.axis, a.copy, a.side) < (b.axis, b.copy, b.side) }
}

/// The sizes of axes: of an axis of examples one for each side.
struct Extents {
  /// By axis; of axes that grow, 0.
  var sizes: [Int]
  /// Axes along which an expectation never sums: one index for each of two examples.
  var examples: [AxisID: (Int, Int)] = [:]

  subscript(label: Label) -> Int {
    examples[label.axis].map { label.side == 0 ? $0.0 : $0.1 } ?? sizes[Int(label.axis)]
  }

  /// Outermost first: axes of examples come last, so that loops run along them.
  func order(_ labels: some Sequence<Label>) -> [Label] {
    labels.sorted { a, b in
      let (x, y) = (examples[a.axis] != nil, examples[b.axis] != nil)
      return x != y ? y : x ? (a.axis, a.side, a.copy) < (b.axis, b.side, b.copy) : a < b
    }
  }
}

/// Numbers by labels, row-major in the order of the labels.
struct Grid {
  var labels: [Label]
  var sizes: [Int]
  var values: [Double]

  init(_ labels: [Label], _ sizes: [Int], _ values: [Double]) {
    (self.labels, self.sizes, self.values) = (labels, sizes, values)
  }

  static func number(_ value: Double) -> Grid { Grid([], [], [value]) }

  var strides: [Int] {
    var strides = sizes
    var next = 1
    for i in sizes.indices.reversed() {
      strides[i] = next
      next *= sizes[i]
    }
    return strides
  }

  /// 0 along a label that it lacks.
  func strides(along labels: [Label]) -> [Int] {
    let own = strides
    return labels.map { label in self.labels.firstIndex(of: label).map { own[$0] } ?? 0 }
  }

  static func * (factor: Double, grid: Grid) -> Grid {
    factor == 1 ? grid : Grid(grid.labels, grid.sizes, grid.values.map { factor * $0 })
  }

  /// The same numbers under other labels.
  func relabeled(_ image: (Label) -> Label) -> Grid { Grid(labels.map(image), sizes, values) }
}

/// Calls `body` for every index over `sizes`, with its offset in each of some arrays.
@inline(__always)
func forEachIndex(_ sizes: [Int], _ strides: [[Int]], _ body: (_ offsets: [Int]) -> Void) {
  if sizes.contains(0) { return }
  var index = [Int](repeating: 0, count: sizes.count)
  var offsets = [Int](repeating: 0, count: strides.count)
  while true {
    body(offsets)
    var axis = sizes.count - 1
    while axis >= 0 {
      index[axis] += 1
      for a in strides.indices { offsets[a] += strides[a][axis] }
      if index[axis] < sizes[axis] { break }
      for a in strides.indices { offsets[a] -= strides[a][axis] * sizes[axis] }
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}

extension Extents {
  func zeros(_ labels: some Sequence<Label>) -> Grid {
    let ordered = order(labels)
    let sizes = ordered.map { self[$0] }
    return Grid(ordered, sizes, [Double](repeating: 0, count: sizes.reduce(1, *)))
  }

  /// The product of two grids, summed over some labels; of a label that neither has, its size times the product.
  func product(_ a: Grid, _ b: Grid, summing summed: Set<Label> = []) -> Grid {
    let all = Set(a.labels + b.labels)
    var result = zeros(all.subtracting(summed))
    let sums = order(summed.intersection(all))
    let absent = summed.subtracting(all).reduce(1.0) { $0 * Double(self[$1]) }
    // The innermost loop runs along the result's last label.
    let last = result.labels.last
    let outer = Array(result.labels.dropLast()) + sums
    let sizes = outer.map { self[$0] }
    let strides = [result, a, b].map { $0.strides(along: outer) }
    let count = last.map { self[$0] } ?? 1
    let (x, y) = (last.map { a.strides(along: [$0])[0] } ?? 0, last.map { b.strides(along: [$0])[0] } ?? 0)
    result.values.withUnsafeMutableBufferPointer { r in
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          guard let r = r.baseAddress, let a = a.baseAddress, let b = b.baseAddress else { return }
          forEachIndex(sizes, strides) { offsets in
            accumulate(r + offsets[0], a + offsets[1], x, b + offsets[2], y, count)
          }
        }
      }
    }
    return absent * result
  }

  private func accumulate(
    _ r: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ x: Int, _ b: UnsafePointer<Double>, _ y: Int,
    _ count: Int
  ) {
    switch (x, y) {
    case (1, 1): for i in 0..<count { r[i] += a[i] * b[i] }
    case (0, 1):
      let factor = a[0]
      for i in 0..<count { r[i] += factor * b[i] }
    case (1, 0):
      let factor = b[0]
      for i in 0..<count { r[i] += a[i] * factor }
    default: for i in 0..<count { r[i] += a[i * x] * b[i * y] }
    }
  }

  /// The product of grids, summed over some labels: one label after another, over the product of those that have it.
  func product(_ grids: [Grid], summing summed: Set<Label>) -> Grid {
    var left = grids
    for label in order(summed) {
      let having = left.filter { $0.labels.contains(label) }
      guard var product = having.first else {
        left.append(.number(Double(self[label])))
        continue
      }
      left.removeAll { $0.labels.contains(label) }
      for (i, grid) in having.enumerated().dropFirst() {
        product = self.product(product, grid, summing: i == having.count - 1 ? [label] : [])
      }
      if having.count == 1 { product = self.product(product, .number(1), summing: [label]) }
      left.append(product)
    }
    // Small ones first.
    left.sort { $0.values.count < $1.values.count }
    var result = left.first ?? .number(1)
    for grid in left.dropFirst() { result = product(result, grid) }
    return result
  }

  /// `sum + factor * grid`, broadcast.
  func sum(_ sum: Grid?, _ factor: Double, _ grid: Grid) -> Grid {
    guard let sum else { return factor * grid }
    if sum.labels == grid.labels {
      var result = sum
      for i in result.values.indices { result.values[i] += factor * grid.values[i] }
      return result
    }
    let all = Set(sum.labels + grid.labels)
    var result = broadcast(sum, to: all)
    let other = broadcast(grid, to: all)
    for i in result.values.indices { result.values[i] += factor * other.values[i] }
    return result
  }

  /// Copies along labels that it lacks, in the usual order.
  func broadcast(_ grid: Grid, to labels: Set<Label>) -> Grid {
    let target = order(labels)
    if target == grid.labels { return grid }
    var result = zeros(target)
    let strides = grid.strides(along: target)
    var i = 0
    forEachIndex(result.sizes, [strides]) { offsets in
      result.values[i] = grid.values[offsets[0]]
      i += 1
    }
    return result
  }

  /// 1 where two labels have the same index, else 0.
  func identity(_ a: Label, _ b: Label) -> Grid {
    var result = zeros([a, b])
    let count = self[a]
    for i in 0..<count { result.values[i * count + i] = 1 }
    return result
  }

  /// The entries where `label` and `other` have the same index, under `other`.
  func diagonal(_ grid: Grid, _ label: Label, _ other: Label) -> Grid {
    guard grid.labels.contains(other) else { return grid.relabeled { $0 == label ? other : $0 } }
    let kept = order(Set(grid.labels).subtracting([label]))
    var result = zeros(kept)
    var strides = grid.strides(along: kept)
    if let position = kept.firstIndex(of: other) { strides[position] += grid.strides(along: [label])[0] }
    var i = 0
    forEachIndex(result.sizes, [strides]) { offsets in
      result.values[i] = grid.values[offsets[0]]
      i += 1
    }
    return result
  }
}

import TensorPrograms

/// A linear map along fixed axes as the entries of its matrix that are not zero.
struct LinearMatrix: Sendable {
  struct Entry: Sendable {
    var row: [Int]
    var column: [Int]
    var value: Double
  }

  var entries: [Entry]
}

extension Extents {
  /// A map of the first and one of the second value applied to the mean of their product, summed over some labels.
  ///
  /// - Parameter links: Columns of the first and of the second map; what they meet is zero where their indices differ.
  func apply(
    _ a: (map: LinearMatrix, rows: [Label], columns: [Label]),
    _ b: (map: LinearMatrix, rows: [Label], columns: [Label]),
    to grid: Grid, links: [(Label, Label)], summing summed: Set<Label>
  ) -> Grid {
    let grid = broadcast(grid, to: Set(grid.labels))
    let free = grid.labels.filter { !a.columns.contains($0) && !b.columns.contains($0) }
    var result = zeros(Set(a.rows + b.rows + free).subtracting(summed))
    let shared = b.rows.indices.filter { a.rows.contains(b.rows[$0]) }
    let sharedRows = shared.compactMap { a.rows.firstIndex(of: b.rows[$0]) }
    let linksA = links.compactMap { a.columns.firstIndex(of: $0.0) }
    let linksB = links.compactMap { b.columns.firstIndex(of: $0.1) }

    func offset(_ index: [Int], _ strides: [Int]) -> Int { zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } }
    let (columnsA, columnsB) = (grid.strides(along: a.columns), grid.strides(along: b.columns))
    let rowsA = result.strides(along: a.rows)
    var rowsB = result.strides(along: b.rows)
    // A row that both have is placed by the first.
    for i in shared { rowsB[i] = 0 }

    var partners: [[Int]: [(from: Int, to: Int, value: Double)]] = [:]
    for entry in b.map.entries {
      let key = shared.map { entry.row[$0] } + linksB.map { entry.column[$0] }
      partners[key, default: []].append((offset(entry.column, columnsB), offset(entry.row, rowsB), entry.value))
    }
    // Axes of examples come last in both, in the same order.
    let count = free.reduce(1) { $0 * self[$1] }
    result.values.withUnsafeMutableBufferPointer { target in
      grid.values.withUnsafeBufferPointer { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        for entry in a.map.entries {
          let key = sharedRows.map { entry.row[$0] } + linksA.map { entry.column[$0] }
          let (from, to) = (offset(entry.column, columnsA), offset(entry.row, rowsA))
          for partner in partners[key] ?? [] {
            let (x, y) = (source + from + partner.from, target + to + partner.to)
            let factor = entry.value * partner.value
            for i in 0..<count { y[i] += factor * x[i] }
          }
        }
      }
    }
    // Of a row that is summed and that neither has, nothing is left out: it belongs to no map.
    let absent = summed.subtracting(a.rows + b.rows + grid.labels)
    return absent.reduce(1.0) { $0 * Double(self[$1]) } * result
  }
}

public import Verification

extension CheckReport {
  /// The means as a table in the columns of mup's coordinate check: `width, module, t, l1`, and `change` beside them.
  /// There t counts from 1, which is initialization.
  public func csv(_ grid: CheckGrid? = nil) -> String {
    let grid = grid ?? self.grid
    var lines = ["width,module,t,l1,change"]
    for value in grid.values(.value) {
      let sizes = grid.rows(value, .size)
      let changes = grid.rows(value, .change)
      for (i, width) in widths.enumerated() {
        for row in sizes {
          let change = changes.first { $0.step == row.step }
          let numbers = [row.means[i], row.step == 0 ? 0 : change?.means[i]].map {
            $0.map { "\($0)" } ?? "nan"
          }
          lines.append("\(width),\(value),\(row.step + 1),\(numbers.joined(separator: ","))")
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

import Exact
public import Verification

extension [AlignedRates] {
  /// A row for each weight.
  public var table: String {
    var table = TextTable(
      ["rates", "", "measured: alpha, omega, u", "measured", "full", "none", "calculus"].map { ($0, .left) })
    let rows = map { row in
      let alignment = "\(row.alignment.alpha), \(row.alignment.omega), \(row.alignment.u)"
      return (
        row.weight, [alignment] + [row.measured, row.full, row.none, row.calculus].map(\.asPowerOfWidth)
      )
    }
    for row in grouped(rows) { table.append(row) }
    return table.text
  }
}

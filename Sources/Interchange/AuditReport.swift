import Exact
public import Verification

/// The cells of an audit as tables.
public struct AuditReport: Sendable {
  public var cells: [AuditCell]

  public init(_ cells: [AuditCell]) { self.cells = cells }

  /// By optimizer, kind of rule and amount: how many mutations were tried, how many were refuted, for how many nothing was
  /// told, and how many were missed.
  public var table: String {
    var table = TextTable([
      ("optimizer", .left), ("rule", .left), ("by", .left), ("tried", .right), ("disagrees", .right),
      ("cannot tell", .right), ("missed", .right), ("caught", .right),
    ])
    for row in rows { table.append(row) }
    return table.text
  }

  /// The same for a page.
  public var markdown: String {
    let head = ["optimizer", "rule", "by", "tried", "disagrees", "cannot tell", "missed", "caught"]
    let lines = [head, head.map { _ in "---" }] + rows
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n") + "\n"
  }

  private var rows: [[String]] {
    var rows: [[String]] = []
    var optimizers: [String] = []
    for cell in cells where !optimizers.contains(cell.optimizer) { optimizers.append(cell.optimizer) }
    for optimizer in optimizers {
      let cases = cells.filter { $0.optimizer == optimizer }.flatMap(\.cases)
      let amounts = Set(cases.map { $0.mutation.shift.magnitude }).sorted()
      for kind in Mutation.Kind.allCases {
        for amount in amounts {
          let tried = cases.filter { $0.mutation.kind == kind && $0.mutation.shift.magnitude == amount }
          if !tried.isEmpty { rows.append(AuditReport.row(optimizer, kind.rawValue, "\(amount)", tried)) }
        }
      }
      rows.append(AuditReport.row(optimizer, "all", "", cases))
    }
    return rows
  }

  private static func row(_ optimizer: String, _ kind: String, _ amount: String, _ cases: [AuditCell.Case]) -> [String]
  {
    func count(_ verdict: Verdict) -> Int { cases.count { $0.verdict == verdict } }
    let caught = cases.isEmpty ? 0 : 100 * (cases.count - count(.agrees)) / cases.count
    return [
      optimizer, kind, amount, "\(cases.count)", "\(count(.disagrees))", "\(count(.cannotTell))", "\(count(.agrees))",
      "\(caught) %",
    ]
  }

  /// `6 of 6 cells: derived rules not refuted, 5 confirmed. 70 of 72 mutations caught, missed: mlp, adam: readout.b + 1/4`.
  public var sentence: String {
    let cases = cells.flatMap { cell in cell.cases.map { (cell, $0) } }
    let missed = cases.filter { $0.1.verdict == .agrees }
    let refuted = cells.filter { $0.correct == .disagrees }
    var text =
      "\(cells.count - refuted.count) of \(cells.count) cells: derived rules not refuted, "
      + "\(cells.count { $0.correct == .agrees }) confirmed; \(cases.count - missed.count) of \(cases.count) of "
      + "\(cells.reduce(0) { $0 + $1.possible }) mutations caught"
    for cell in refuted { text += "\nrefuted: \(cell.architecture), \(cell.optimizer): \(cell.refuted ?? "")" }
    for (cell, one) in missed { text += "\nmissed: \(cell.architecture), \(cell.optimizer): \(one.mutation.text)" }
    for cell in cells { if let error = cell.error { text += "\n\(cell.architecture), \(cell.optimizer): \(error)" } }
    return text
  }

  /// Whether no derived rule was refuted and everything could be measured.
  public var isSound: Bool { cells.allSatisfy { $0.correct != .disagrees && $0.error == nil } }
}

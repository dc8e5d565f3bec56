import Exact
import Foundation
import Verification

extension HTMLReport {
  /// What disagrees, then a matrix of slopes for each statistic, disagreements first.
  var tables: String {
    let own = matrices(report.grid)
    let standard = report.standard.map { grid in
      """
      <details><summary>Slopes of the standard parametrization</summary>
      \(matrices(grid))</details>
      """
    }
    return """
      <section><h2>Slopes</h2>
      \(findings)
      \(own)
      \(standard ?? "")</section>
      """
  }

  /// Disagreements and what could not be told, one a line, with the reason.
  private var findings: String {
    let rows = report.grid.rows
    let wrong = rows.filter { $0.verdict == .disagrees }
    let unknown = rows.filter { $0.verdict == .cannotTell && !$0.isMixture }
    guard !wrong.isEmpty || !unknown.isEmpty else { return "" }
    let shown = wrong.prefix(40) + unknown.prefix(8)
    let lines = shown.map { row in
      """
      <tr class="\(row.verdict == .disagrees ? "d" : "u")"><td>\(mark(row.verdict))</td>\
      <th scope="row">\(row.value.escaped)</th><td>\(row.statistic.rawValue)</td><td class="n">\(row.step)</td>\
      <td class="n">\(exponent(row.predicted))</td><td class="n">\(slope(row))</td>\
      <td class="why">\((row.reason ?? row.verdict.rawValue).escaped)</td></tr>
      """
    }
    let more = wrong.count + unknown.count - lines.count
    return """
      <div class="scroll"><table class="findings"><thead><tr><th></th><th>value</th><th>statistic</th>\
      <th class="n">step</th><th class="n">predicted</th><th class="n">measured</th><th>why</th></tr></thead>
      <tbody>\(lines.joined(separator: "\n"))</tbody></table></div>
      \(more > 0 ? "<p class=\"caption\">And \(more) more, marked below.</p>" : "")
      """
  }

  private func matrices(_ grid: CheckGrid) -> String {
    [
      (CheckRow.Kind.value, Statistic.change), (.value, .size), (.weight, .own), (.weight, .below), (.weight, .decay),
      (.weight, .epsilon), (.weight, .change), (.weight, .size),
    ]
    .map { matrix(grid, $0, $1) }.joined(separator: "\n")
  }

  /// What is measured, in symbols.
  static func formula(_ kind: CheckRow.Kind, _ statistic: Statistic) -> String {
    let symbol = kind == .weight ? "W" : "x"
    return switch statistic {
    case .size: "mean |\(symbol)(t)|"
    case .change: "mean |\(symbol)(t) − \(symbol)(0)|"
    case .own: "mean |(W(t) − W(0)) x(t)|"
    case .below: "mean |W(0) (x(t) − x(0))|"
    case .decay: "decay W / W"
    case .epsilon: "ε / what it is added to"
    }
  }

  private func matrix(_ grid: CheckGrid, _ kind: CheckRow.Kind, _ statistic: Statistic) -> String {
    let rows = grid.rows.filter { $0.statistic == statistic && $0.kind == kind }
    let steps = Set(rows.map(\.step)).sorted()
    guard !steps.isEmpty else { return "" }
    let byValue = Dictionary(grouping: rows, by: \.value)
    func rank(_ value: String) -> Int {
      let verdicts = (byValue[value] ?? []).filter { !$0.isMixture }.map(\.verdict)
      return verdicts.contains(.disagrees) ? 0 : verdicts.contains(.cannotTell) ? 1 : 2
    }
    let values = grid.values(kind).enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
    let body = values.map { _, value in
      let own = byValue[value] ?? []
      let last = own.last?.predicted
      let cells = steps.map { step in cell(own.first { $0.step == step }, usual: last) }
      return "<tr><th scope=\"row\">\(value.escaped)</th><td class=\"n p\">\(exponent(last))</td>\(cells.joined())</tr>"
    }
    let head = steps.map { "<th class=\"n\">t = \($0)</th>" }.joined()
    let formula = HTMLReport.formula(kind, statistic)
    return """
      <div class="scroll"><table class="matrix"><caption>Slope of \(formula) in width</caption>\
      <thead><tr><th>\(kind.rawValue), \(statistic.rawValue)</th><th class="n">predicted</th>\(head)</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody></table></div>
      """
  }

  /// A measured slope and its mark; the prediction only where it is not the usual one of the line.
  private func cell(_ row: CheckRow?, usual: Rational?) -> String {
    guard let row else { return "<td></td>" }
    let look = row.verdict == .disagrees ? "d" : row.verdict == .agrees ? "a" : row.isMixture ? "m" : "u"
    let why = row.reason.map { " title=\"\($0.escaped)\"" } ?? ""
    let other = row.predicted == usual ? "" : "<small>predicted \(exponent(row.predicted))</small>"
    return "<td class=\"n \(look)\"\(why)>\(other)<b>\(slope(row))</b>\(mark(row.verdict))</td>"
  }

  private func slope(_ row: CheckRow) -> String {
    guard let measured = row.measured else { return row.means.allSatisfy { $0 == 0 } ? "zero" : "–" }
    return SlopeText.slope(measured).replacing("-", with: "−")
      + "<span>±\(SlopeText.error(row.standardError ?? .nan))</span>"
  }

  private func exponent(_ predicted: Rational?) -> String {
    predicted.map { $0.description.replacing("-", with: "−") } ?? "zero"
  }

  private func mark(_ verdict: Verdict) -> String {
    switch verdict {
    case .agrees: "<span class=\"mark a\" aria-label=\"agrees\">✓</span>"
    case .disagrees: "<span class=\"mark d\" aria-label=\"disagrees\">✕</span>"
    case .cannotTell: "<span class=\"mark u\" aria-label=\"cannot tell\">?</span>"
    }
  }
}

import Exact
import Foundation
import Verification

extension HTMLReport {
  /// A matrix of slopes for each statistic, disagreements first.
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
      \(own)
      \(standard ?? "")</section>
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
    // Reasons are notes below, once each.
    var reasons: [String] = []
    for row in values.flatMap({ byValue[$0.element] ?? [] }) {
      if let reason = row.reason, !reasons.contains(reason) { reasons.append(reason) }
    }
    let body = values.map { _, value in
      let own = byValue[value] ?? []
      let last = own.last?.predicted
      let cells = steps.map { step in cell(own.first { $0.step == step }, usual: last, reasons) }
      return "<tr><th scope=\"row\">\(value.escaped)</th><td class=\"n p\">\(exponent(last))</td>\(cells.joined())</tr>"
    }
    let head = steps.map { "<th class=\"n\">t = \($0)</th>" }.joined()
    let formula = HTMLReport.formula(kind, statistic)
    let notes = reasons.enumerated().map { "<li value=\"\($0 + 1)\">\($1.escaped)</li>" }.joined()
    return """
      <div class="scroll"><table class="matrix"><caption>Slope of \(formula) in width</caption>\
      <thead><tr><th>\(kind.rawValue), \(statistic.rawValue)</th><th class="n">predicted</th>\(head)</tr></thead>
      <tbody>\(body.joined(separator: "\n"))</tbody></table>\(notes.isEmpty ? "" : "<ol class=\"notes\">\(notes)</ol>")</div>
      """
  }

  /// A measured slope, its mark and the number of its reason; the prediction only where it is not the usual one of the
  /// line.
  private func cell(_ row: CheckRow?, usual: Rational?, _ reasons: [String]) -> String {
    guard let row else { return "<td></td>" }
    let note = row.reason.flatMap { reasons.firstIndex(of: $0) }.map { "<sup>\($0 + 1)</sup>" } ?? ""
    let other = row.predicted == usual ? "" : "<small>predicted \(exponent(row.predicted))</small>"
    return "<td class=\"n \(look(row.verdict))\">\(other)<b>\(slope(row))</b>\(mark(row.verdict))\(note)</td>"
  }

  func slope(_ row: CheckRow) -> String {
    row.measured == nil && row.means.allSatisfy { $0 == 0 } ? "zero" : slope(row.measured, row.standardError)
  }

  func slope(_ slope: Double?, _ error: Double?) -> String {
    guard let slope else { return "–" }
    return SlopeText.slope(slope).replacing("-", with: "−") + "<span>±\(SlopeText.error(error ?? .nan))</span>"
  }

  func exponent(_ predicted: Rational?) -> String {
    predicted.map { $0.description.replacing("-", with: "−") } ?? "zero"
  }

  func mark(_ verdict: Verdict) -> String {
    switch verdict {
    case .agrees: "<span class=\"mark a\" aria-label=\"agrees\">✓</span>"
    case .disagrees: "<span class=\"mark d\" aria-label=\"disagrees\">✕</span>"
    case .cannotTell: "<span class=\"mark u\" aria-label=\"cannot tell\">?</span>"
    }
  }
}

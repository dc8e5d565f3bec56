import Foundation
import Verification

extension HTMLReport {
  /// `at initialization`, `after 1 step`.
  static func moment(_ step: Int) -> String {
    step == 0 ? "at initialization" : step == 1 ? "after 1 step" : "after \(step) steps"
  }

  /// What a promise came to, in the words of the terminal.
  static func finding(_ row: PromiseRow) -> String {
    switch row.verdict {
    case .agrees: "kept"
    case .disagrees: "broken: \(row.finding)"
    case .cannotTell: row.verdict.rawValue
    }
  }

  /// The verdict in one sentence.
  var sentence: String {
    let rows = report.grid.rows
    let all = rows.count
    let subject = "\(all.grouped) predictions for \(report.program) under \(report.optimizer)"
    let range = "from width \(report.widths.min()?.grouped ?? "0") to \(report.widths.max()?.grouped ?? "0")"
    let shown = report.changes.prefix(3).joined(separator: ", ")
    let more = report.changes.count > 3 ? " and \(report.changes.count - 3) more" : ""
    let changed = report.changes.isEmpty ? "" : "With \(shown)\(more): "
    if let first = rows.first(where: { $0.verdict == .disagrees }) {
      let count = report.grid.count(.disagrees)
      return changed
        + "\(count.grouped) of \(subject) disagree\(count == 1 ? "s" : "") with measurement \(range), first "
        + "\(first.value) \(HTMLReport.moment(first.step))."
    }
    let (agreed, unknown) = (report.grid.count(.agrees), report.grid.count(.cannotTell))
    if agreed == all {
      return "\(changed)\(changed.isEmpty ? "All" : "all") \(subject) agree with measurement \(range)."
    }
    return changed + "\(agreed.grouped) of \(subject) agree with measurement \(range); none disagrees, "
      + "\(Verdict.cannotTell.counted(unknown))."
  }

  var header: String {
    let parts = [(Verdict.agrees, "a"), (.cannotTell, "u"), (.disagrees, "d")]
      .map { (verdict: $0, look: $1, count: report.grid.count($0)) }.filter { $0.count > 0 }
    let bar = parts.map { "<i class=\"\($0.look)\" style=\"flex-grow:\($0.count)\"></i>" }.joined()
    let legend = parts.map { part in
      let words = part.verdict.counted(part.count).split(separator: " ", maxSplits: 1)
      return "<span class=\"\(part.look)\"><b>\(words[0])</b> \(words[1])</span>"
    }.joined()
    let comparison = report.comparison.map { "<span class=\"s\">standard parametrization: \($0.escaped)</span>" } ?? ""
    let notes = [report.promise, report.remedy].compactMap { $0.map { "\($0)." } }.joined(separator: " ")
    let verdict = report.verdict
    return """
      <header><p class="eyebrow">Coordinate check · \(report.program.escaped) · \
      \(report.grid.parametrization.escaped) parametrization · \(report.optimizer.escaped)</p>
      <h1><span class="verdict \(look(verdict))">\(verdict.rawValue)</span> \(sentence.escaped)</h1>
      <div class="bar" role="presentation">\(bar)</div>
      <p class="counts">\(legend)\(comparison)</p>
      <p class="caption">\(notes.escaped)</p>
      \(findings)</header>
      """
  }

  /// The letter of a verdict in the style sheet.
  func look(_ verdict: Verdict) -> String {
    switch verdict {
    case .agrees: "a"
    case .disagrees: "d"
    case .cannotTell: "u"
    }
  }

  /// What does not agree, one a line with the reason: disagreements first, then what cannot tell; most of many are folded.
  private var findings: String {
    let rows = report.grid.rows
    func line(_ verdict: Verdict, _ cells: [String], _ why: String) -> String {
      "<tr class=\"\(look(verdict))\"><td>\(mark(verdict))</td><th scope=\"row\">\(cells[0].escaped)</th>"
        + "<td>\(cells[1].escaped)</td>" + cells[2...].map { "<td class=\"n\">\($0)</td>" }.joined()
        + "<td class=\"why\">\(why.escaped)</td></tr>"
    }
    func lines(_ verdict: Verdict) -> [String] {
      let promises = report.grid.promises.filter { $0.verdict == verdict }.map { row in
        let slope = slope(row.measured, row.standardError)
        return line(verdict, [row.value, "promise", "", row.promise.rawValue, slope], HTMLReport.finding(row))
      }
      return rows.filter { $0.verdict == verdict }.map { row in
        line(
          verdict, [row.value, row.statistic.rawValue, "\(row.step)", exponent(row.predicted), slope(row)],
          row.verdict.rawValue + (row.reason.map { ": \($0)" } ?? ""))
      } + promises
    }
    let (wrong, unknown) = (lines(.disagrees), lines(.cannotTell))
    func table(_ lines: some Collection<String>) -> String {
      """
      <div class="scroll"><table class="findings"><thead><tr><th></th><th>value</th><th>statistic</th>\
      <th class="n">step</th><th class="n">predicted</th><th class="n">measured</th><th>verdict</th></tr></thead>
      <tbody>\(lines.joined(separator: "\n"))</tbody></table></div>
      """
    }
    let (shown, rest) = (wrong.prefix(40) + unknown.prefix(8), Array(wrong.dropFirst(40) + unknown.dropFirst(8)))
    guard !shown.isEmpty else { return "" }
    return table(shown)
      + (rest.isEmpty ? "" : "<details><summary>And \(rest.count.grouped) more</summary>\(table(rest))</details>")
  }
}

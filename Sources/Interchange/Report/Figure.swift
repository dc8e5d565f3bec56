import Exact
import Foundation
import Verification

/// The usual figure of a coordinate check, for one statistic of values or weights: a row of panels for each
/// parametrization, a panel a step.
struct Figure {
  let report: CheckReport
  let kind: CheckRow.Kind
  let statistic: Statistic
  let style: LineStyle

  /// The steps that have a panel: all up to seven, else the first ones, some between, and the last.
  var steps: [Int] {
    let all = Set(rows(report.grid).map(\.step)).sorted()
    guard all.count > 7, let last = all.last else { return all }
    let chosen = (0..<6).map { all[Int((pow(Double(all.count), Double($0) / 6) - 1).rounded())] }
    return Array(Set(chosen + [last])).sorted()
  }

  /// The first steps and the last one are seen at once, those between are folded.
  private var shown: [Int] { steps.filter { $0 <= 1 || $0 == steps.last } }

  /// Values whose statistic is exactly zero have no logarithm: their names.
  var undrawn: [String] {
    report.grid.values(kind).filter { value in
      report.grid.rows(value, statistic).allSatisfy { $0.means.allSatisfy { ($0 ?? 0) <= 0 } }
    }
  }

  var hasPanels: Bool { !steps.isEmpty && undrawn.count < report.grid.values(kind).count }

  private func rows(_ grid: CheckGrid) -> [CheckRow] {
    grid.rows.filter { $0.statistic == statistic && $0.kind == kind }
  }

  func html() -> String {
    let grids = [(report.grid, "own")] + (report.standard.map { [($0, "standard")] } ?? [])
    let limits = limits
    return grids.map { grid, look in
      func panels(_ steps: [Int]) -> String {
        let panels = steps.map { step in
          panel(grid, step, limits, id: "\(look)-\(kind.rawValue)-\(statistic.rawValue)-\(step)").svg(
            named: step == self.steps.last)
        }
        return "<div class=\"panels\">\(panels.joined())</div>"
      }
      let folded = steps.filter { !shown.contains($0) }
      let between =
        folded.isEmpty
        ? "" : "<details class=\"between\"><summary>Steps between</summary>\(panels(folded))</details>"
      let note = look == "own" ? summary(grid) : comparison(grid)
      return """
        <div class="row \(look)"><h3>\(grid.parametrization.capitalizedFirst.escaped) parametrization\
        <span>\(note.escaped)</span></h3>\(panels(shown))\(between)</div>
        """
    }.joined(separator: "\n")
  }

  private func summary(_ grid: CheckGrid) -> String {
    let rows = rows(grid)
    let counts = Verdict.allCases.map { verdict in (verdict, rows.count { $0.verdict == verdict }) }
    return "of \(rows.count) slopes " + counts.filter { $0.1 > 0 }.map { $0.counted($1) }.joined(separator: ", ")
  }

  private func comparison(_ grid: CheckGrid) -> String {
    let rows = rows(grid)
    let growing = rows.filter(\.grows)
    let shrinking = rows.count { $0.step > 0 && $0.shrinks }
    var parts: [String] = []
    if let first = growing.first { parts.append("\(growing.count) of \(rows.count) grow, first \(first.value)") }
    if shrinking > 0 { parts.append("\(shrinking) of \(rows.count) shrink") }
    if let lost = grid.divergences.map(\.width).min() { parts.append("diverges from width \(lost)") }
    return "for comparison: " + (parts.isEmpty ? "none of \(rows.count) grows" : parts.joined(separator: "; "))
  }

  /// The limits that all panels share: they hold the whole grid, and the comparison up to twice that range and eight
  /// octaves.
  var limits: ClosedRange<Double> {
    func levels(_ grid: CheckGrid) -> [Double] {
      rows(grid).filter { steps.contains($0.step) }
        .flatMap(\.means).compactMap { $0.flatMap { $0 > 0 && $0.isFinite ? log2($0) : nil } }
    }
    let own = levels(report.grid)
    guard let top = own.max(), let bottom = own.min() else { return -1...1 }
    // What is smaller than all else by many octaves is rounding.
    var (low, high) = (max(bottom, top - 24), top)
    let reach = (high - low) + 8
    for level in report.standard.map(levels) ?? [] {
      low = min(low, max(level, top - reach))
      high = max(high, min(level, bottom + reach))
    }
    let space = max(0.4, 0.04 * (high - low))
    return (low - space)...(high + space)
  }

  func panel(_ grid: CheckGrid, _ step: Int, _ limits: ClosedRange<Double>, id: String) -> Panel {
    let rows = rows(grid).filter { $0.step == step }
    let lines = rows.map { row in
      Panel.Line(
        value: row.value, kind: style.kind(of: row.value),
        opacity: isMarked(row, grid) ? 1 : style.opacity(row.value), isMarked: isMarked(row, grid),
        predictedSlope: row.predicted?.double,
        points: row.means.map { $0.flatMap { $0 > 0 && $0.isFinite ? log2($0) : nil } })
    }
    let title = HTMLReport.moment(step)
    var panel = Panel(
      title: title, statistic: HTMLReport.formula(kind, statistic), widths: report.widths.map { log2(Double($0)) },
      lines: lines, limits: limits,
      prefix: style.prefix, id: id)
    if step == steps.last { panel.names = names(panel) }
    return panel
  }

  /// Only the checked grid is marked; the comparison is expected to go astray.
  private func isMarked(_ row: CheckRow, _ grid: CheckGrid) -> Bool {
    row.verdict == .disagrees && grid.parametrization == report.grid.parametrization
  }

  /// A name for each line if there is room for all; else one for each kind, with leaders from its first and last block.
  private func names(_ panel: Panel) -> [EndLabels.Label] {
    let lines = panel.lines.filter { $0.points.last.map { $0 != nil } ?? false }
    func end(_ line: Panel.Line) -> Double {
      let level = (line.points.last ?? nil) ?? 0
      return panel.y(min(max(level, panel.limits.lowerBound), panel.limits.upperBound))
    }
    if lines.count <= 14 {
      return lines.enumerated().map { index, line in
        .init(
          text: line.value, wish: end(line), priority: line.isMarked ? .max : index, kind: line.kind,
          isMarked: line.isMarked, ends: [end(line)])
      }
    }
    return style.kinds.indices.compactMap { kind in
      let members = lines.filter { $0.kind == kind }
      guard !members.isEmpty else { return nil }
      let ends = members.map(end)
      let isMarked = members.contains { $0.isMarked }
      let shown = ends.count <= 3 ? ends : [ends[0], ends[ends.count - 1]]
      return .init(
        text: members.count == 1 ? members[0].value : style.kinds[kind].name,
        wish: shown.reduce(0, +) / Double(shown.count), priority: isMarked ? .max : kind, kind: kind,
        isMarked: isMarked, ends: shown)
    }
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

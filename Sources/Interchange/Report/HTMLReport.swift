import Exact
import Foundation
import Verification

/// A coordinate check as one self-contained page: the verdict in a sentence, the picture, the table, and how it was
/// made. It needs no network and no script, and follows the reader's light or dark scheme.
///
///     try HTMLReport(report).page.write(toFile: "gpt-check.html", atomically: true, encoding: .utf8)
public struct HTMLReport: Sendable {
  public let report: CheckReport

  public init(_ report: CheckReport) { self.report = report }

  /// The page as HTML in UTF-8.
  public var page: String {
    let style = LineStyle(report.grid.values(.value))
    let weights = LineStyle(report.grid.values(.weight), families: style.families, prefix: "w")
    let figures = [
      Figure(report: report, kind: .value, statistic: .change, style: style),
      Figure(report: report, kind: .value, statistic: .size, style: style),
      Figure(report: report, kind: .weight, statistic: .own, style: weights),
      Figure(report: report, kind: .weight, statistic: .change, style: weights),
    ].filter(\.hasPanels)
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="widthwise \(report.version.escaped)">
      <title>\(report.title.escaped)</title>
      <style>\(HTMLReport.styleSheet)
      \(style.styleSheet)
      \(weights.styleSheet)</style></head>
      <body class="\(verdictClass)"><main>
      \(header)
      \(figures.map { section($0) }.joined(separator: "\n"))
      \(tables)
      \(provenance)
      </main></body></html>

      """
  }

  private var verdictClass: String {
    switch report.verdict {
    case .agrees: "agrees"
    case .disagrees: "disagrees"
    case .cannotTell: "unknown"
    }
  }

  private func section(_ figure: Figure) -> String {
    let title =
      switch (figure.kind, figure.statistic) {
      case (.weight, .own): "What each weight's own change does"
      case (.weight, _): "The weights"
      case (_, .change): "What training changed"
      default: "Coordinate sizes"
      }
    let formula = HTMLReport.formula(figure.kind, figure.statistic)
    let style = figure.style
    let used = Set(style.kinds.map(\.family))
    let families = style.families.enumerated().filter { used.contains($1) }.map {
      "<span class=\"\(style.prefix)f\($0)\"><i></i>\($1.escaped)</span>"
    }.joined()
    let seeds = report.seeds.count
    var caption =
      "\(formula.prefix(1).uppercased() + formula.dropFirst()) against width, both in powers of two, over \(seeds) "
      + "seed\(seeds == 1 ? "" : "s"). "
      + "Dots are measured; the thin line under them has the predicted slope. "
      + (figure.kind == .weight && figure.statistic != .own
        ? "A matrix's entries may move less, the wider it is: more of them act together."
        : "A flat line does not depend on width.")
    let undrawn = figure.undrawn
    if !undrawn.isEmpty {
      let names =
        undrawn.prefix(6).joined(separator: ", ") + (undrawn.count > 6 ? ", and \(undrawn.count - 6) more" : "")
      caption += " Exactly zero, and so not drawn: \(names)."
    }
    return """
      <section><h2>\(title)<code>\(formula)</code></h2>
      <p class="legend">\(families)<span class="p"><i></i>predicted slope</span></p>
      \(figure.html())
      <p class="caption">\(caption.escaped)</p></section>
      """
  }

  private var provenance: String {
    let widths = report.widths.map { $0.grouped }.joined(separator: " · ")
    let seeds = report.seeds.map { "\($0)" }.joined(separator: ", ")
    var facts: [(String, String)] = [
      ("program", report.program), ("optimizer", report.optimizer),
      ("learning rate", "\(report.rate) at the base width"),
      ("base width", report.base.grouped), ("widths", widths), ("seeds", seeds), ("steps", "\(report.steps)"),
      ("data", report.data), ("precision", report.precision), ("version", "widthwise \(report.version)"),
      ("date", report.date), ("time", Duration.seconds(report.seconds).brief),
    ]
    for grid in [report.grid] + (report.standard.map { [$0] } ?? []) where !grid.divergences.isEmpty {
      let runs = grid.divergences.prefix(8).map { "width \($0.width), seed \($0.seed), step \($0.step)" }
      let more = grid.divergences.count > 8 ? ", and \(grid.divergences.count - 8) more" : ""
      facts.append(("diverged (\(grid.parametrization))", runs.joined(separator: "; ") + more))
    }
    let list = facts.map { "<div><dt>\($0.escaped)</dt><dd>\($1.escaped)</dd></div>" }.joined()
    return """
      <section class="made"><h2>How it was made</h2>
      <pre><code>\(report.command.escaped)</code></pre>
      <dl>\(list)</dl>
      <p class="caption">A slope is fitted by least squares to the mean over seeds of log₂. It agrees if its whole 95 % \
      interval lies within a tolerance of the predicted exponent, and disagrees if its whole 99 % interval lies outside: \
      0.05 for the initial size of a weight, ⅛ for the first change by a step that does not depend on the gradient's size, \
      else ¼ (⅕ to agree, of what a weight's own change does). Else: cannot tell. A sum of two powers of width, a \
      mean and its fluctuations, may lie between them at any finite width; that cannot tell either, and is no fault. \
      What is promised is judged by measurement alone, whatever was predicted: nothing grows whose scale matters, what \
      each weight's own change does where it is first used does not vanish, and the output moves.</p></section>
      """
  }
}

extension Duration {
  /// `0.8 s`, `12 s`, `3 min 20 s`.
  var brief: String {
    let seconds = Double(components.seconds) + Double(components.attoseconds) * 1e-18
    if seconds < 10 { return String(format: "%.1f s", seconds) }
    if seconds < 120 { return String(format: "%.0f s", seconds) }
    let whole = Int(seconds.rounded())
    return "\(whole / 60) min \(whole % 60) s"
  }
}

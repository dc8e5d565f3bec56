import Foundation
import Verification

/// A study of transfer as one self-contained page: the verdict in a sentence, a panel for each parametrization, the table,
/// and how it was made. It needs no network and no script, and follows the reader's light or dark scheme.
public struct TransferPage: Sendable {
  public let report: TransferReport

  public init(_ report: TransferReport) { self.report = report }

  /// The page as HTML in UTF-8.
  public var page: String {
    let title = "\(report.program): transfer of the learning rate"
    let first = report.result.arms.first
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="generator" content="widthwise \(report.version.escaped)">
      <title>\(title.escaped)</title>
      <style>\(HTMLReport.styleSheet)
      \(RatePanel.styleSheet(count: report.widths.count))</style></head>
      <body class="\(TransferPage.look(report.verdict))"><main>
      <header><p class="eyebrow">Transfer of the learning rate · \(report.program.escaped) · \
      \(report.optimizer.escaped)</p>
      <h1>\((first.map { report.verdict($0) } ?? "").capitalizedFirst.escaped)</h1></header>
      \(figure)
      \(table)
      \(provenance)
      </main></body></html>

      """
  }

  private static func look(_ verdict: TransferVerdict) -> String {
    switch verdict {
    case .transfers: "agrees"
    case .drifts: "disagrees"
    case .cannotTell: "unknown"
    }
  }

  private var figure: String {
    let legend = report.widths.enumerated().map { "<span class=\"w\($0)\"><i></i>width \($1.grouped)</span>" }.joined()
    let panels = report.result.arms.map { arm in
      """
      <figure><figcaption><b>\(arm.name.capitalizedFirst.escaped)</b> \(arm.drift.verdict.rawValue)</figcaption>\
      \(RatePanel(arm: arm, rates: report.rates, limits: report.limits, isLogarithmic: report.isLogarithmic).svg)</figure>
      """
    }
    return """
      <section><h2>Loss by learning rate<code>\(report.lossName)</code></h2>
      <p class="legend">\(legend)</p>
      <div class="row"><div class="rates">\(panels.joined())</div></div>
      <p class="caption">log₂ of the learning rate at the base width against the \(report.lossName), a line a width, mean \
      over \(report.seeds.count) seed\(report.seeds.count == 1 ? "" : "s"). A ring is the best rate of a width, the bar \
      through it its 95 % interval. A cross at the upper edge is a rate at which a run diverged. Losses above that before \
      any update are left out.</p></section>
      """
  }

  private var table: String {
    let rows = report.result.arms.flatMap { arm in
      arm.widths.map { at in
        let lost = at.curve.scores.joined().count { $0 == nil }
        let best = at.optimum.map { SlopeText.interval($0.log2Rate, $0.edge == nil ? $0.halfWidth : nil) } ?? "none"
        let cells = [
          best, at.optimum.map { TransferReport.loss($0.score) } ?? "–", at.sensitivity.map(TransferReport.loss) ?? "–",
          lost == 0 ? "" : "\(lost)",
        ]
        return "<tr\(at.optimum?.edge == nil ? "" : " class=\"u\"")><th scope=\"row\">\(arm.name.escaped)</th>"
          + "<td class=\"n\">\(at.curve.width.grouped)</td>"
          + cells.map { "<td class=\"n\">\($0.replacing("+-", with: "±").escaped)</td>" }.joined()
          + "<td class=\"why\">\((at.optimum?.edge.map { "at the edge: the \($0.rawValue) tried" } ?? "").escaped)</td></tr>"
      }
    }
    let sentences = report.sentences.map { "<li>\($0.replacing("+-", with: "±").capitalizedFirst.escaped)</li>" }
    return """
      <section><h2>Best rates</h2>
      <ul>\(sentences.joined())</ul>
      <div class="scroll"><table><thead><tr><th>parametrization</th><th class="n">width</th>\
      <th class="n">log₂ best rate</th><th class="n">\(report.lossName)</th><th class="n">sensitivity</th>\
      <th class="n">diverged</th><th></th></tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div></section>
      """
  }

  private var provenance: String {
    let facts: [(String, String)] = [
      ("program", report.program), ("optimizer", report.optimizer), ("base width", report.base.grouped),
      ("widths", report.widths.map { $0.grouped }.joined(separator: " · ")),
      ("seeds", report.seeds.map { "\($0)" }.joined(separator: ", ")), ("steps", "\(report.steps)"),
      ("data", report.data), ("precision", report.precision), ("version", "widthwise \(report.version)"),
      ("date", report.date), ("time", Duration.seconds(report.seconds).brief),
    ]
    let list = facts.map { "<div><dt>\($0.escaped)</dt><dd>\($1.escaped)</dd></div>" }.joined()
    return """
      <section class="made"><h2>How it was made</h2>
      <pre><code>\(report.command.escaped)</code></pre>
      <dl>\(list)</dl>
      <p class="caption">The best rate of a width is the minimum of a parabola through the rates nearest to the lowest mean \
      loss. Its interval is Student's t over seeds, each left out in turn, and what the shape of the curve leaves open. The \
      drift is the slope of the best rates against log₂ of the width. It transfers if its whole 95 % interval lies within \
      \(report.tolerance.formatted()) octaves per doubling, and drifts if its whole 99 % interval lies beyond; else it \
      cannot be told. Sensitivity is the mean loss over the rates that all widths tried, above the lowest.</p></section>
      """
  }
}

import Foundation
import Verification

/// What training changed, as one figure for a paper or a slide: a panel each of the checked and of the standard
/// parametrization, after the last step, on the same axes, with a legend below.
///
///     try PaperFigure(report).svg.write(toFile: "gpt.svg", atomically: true, encoding: .utf8)
public struct PaperFigure: Sendable {
  public let report: CheckReport

  public init(_ report: CheckReport) { self.report = report }

  /// An SVG file that needs no other: on white, in plain style rules, text as text.
  public var svg: String {
    let style = LineStyle(report.grid.values(.value))
    let figure = Figure(report: report, kind: .value, statistic: .change, style: style)
    let grids = [report.grid] + (report.standard.map { [$0] } ?? [])
    let step = figure.steps.last ?? 0
    let limits = figure.limits
    let panels = grids.enumerated().map { index, grid in
      var panel = figure.panel(grid, step, limits, id: "panel\(index)")
      panel.names = []
      panel.title = "\(grid.parametrization.capitalizedFirst), \(HTMLReport.moment(step))"
      let place = "translate(\((Double(index) * Panel.size.width).coordinate) 0)"
      return "<g transform=\"\(place)\">\(panel.content(named: false))</g>"
    }
    let width = Double(grids.count) * Panel.size.width + 8
    let legend = legend(style, width: width)
    let height = Panel.size.height + legend.height
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width.coordinate)" height="\(height.coordinate)" \
      viewBox="0 0 \(width.coordinate) \(height.coordinate)" font-family="Helvetica, Arial, sans-serif">
      <title>\(report.title.escaped)</title>
      <style>\(PaperFigure.rules)
      \(rules(style))</style>
      <rect width="100%" height="100%" fill="#fff"/>
      \(panels.joined(separator: "\n"))
      <g transform="translate(0 \(Panel.size.height.coordinate))">\(legend.text)</g>
      </svg>

      """
  }

  private static let rules = """
    .step{font-size:13.5px;font-weight:600;fill:#14181f}.tick{font-size:12.5px;fill:#333a44}
    .grid{stroke:#e3e6ea;stroke-width:1}.axis,.tickmark{stroke:#5c6672;stroke-width:1;fill:none}
    .line path{fill:none;stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}.line.marked path{stroke-width:3.2}
    .predicted{stroke-width:.8;fill:none;opacity:.6}.predicted.marked{stroke-width:1.2;stroke-dasharray:4 3;opacity:1}
    """

  /// The colours of the kinds that lines have.
  private func rules(_ style: LineStyle) -> String {
    style.kinds.indices.map { index in
      let (name, colour) = ("\(style.prefix)\(index)", style.kinds[index].colours.light)
      return ".line.\(name) path,.predicted.\(name){stroke:\(colour)}.line.\(name) circle{fill:\(colour)}"
    }.joined(separator: "\n")
  }

  /// A stroke and a name for each family, and for what is predicted, in rows.
  private func legend(_ style: LineStyle, width: Double) -> (text: String, height: Double) {
    let used = Set(style.kinds.map(\.family))
    let items =
      style.families.filter(used.contains).map { ($0, style.colour(ofFamily: $0), 2.5) }
      + [("predicted slope", "#14181f", 0.8)]
    var (x, y, text) = (56.0, 12.0, "")
    for (name, colour, stroke) in items {
      let room = 26 + 7.0 * Double(name.count) + 14
      if x + room > width, x > 56 { (x, y) = (56, y + 20) }
      text += "<path d=\"M\(x.coordinate) \(y.coordinate)h18\" stroke=\"\(colour)\" stroke-width=\"\(stroke)\"/>"
      text += "<text class=\"tick\" x=\"\((x + 24).coordinate)\" y=\"\((y + 4).coordinate)\">\(name.escaped)</text>"
      x += room
    }
    return (text, y + 14)
  }
}

import Foundation
import Verification

/// One panel of a figure as SVG: log2 width against log2 of a statistic, after a number of updates.
struct Panel {
  /// The measured means of one value, with what was predicted of them.
  struct Line {
    var value: String
    var kind: Int
    var opacity: Double
    var isMarked: Bool
    var predictedSlope: Double?
    /// log2 of the means, nil where there is none.
    var points: [Double?]
  }

  var title: String
  /// What the axis says: `mean |x(t)|`.
  var statistic: String
  /// log2 of the widths.
  var widths: [Double]
  var lines: [Line]
  /// The limits of log2 of the statistic, shared by all panels of a figure.
  var limits: ClosedRange<Double>
  var names: [EndLabels.Label] = []
  /// See ``LineStyle/prefix``.
  var prefix: String
  /// The name of the clipping path, unlike all others of the page.
  var id: String

  static let size = (width: 270.0, height: 316.0)
  private static let margin = (left: 56.0, right: 10.0, top: 30.0, bottom: 46.0)
  /// The room for names at the ends of lines, in the last panel of a row.
  static let gutter = 230.0

  private var plot: (left: Double, right: Double, top: Double, bottom: Double) {
    (
      Panel.margin.left, Panel.size.width - Panel.margin.right, Panel.margin.top,
      Panel.size.height - Panel.margin.bottom
    )
  }

  func x(_ width: Double) -> Double {
    guard let first = widths.first, let last = widths.last, last > first else { return (plot.left + plot.right) / 2 }
    let inset = 9.0
    return plot.left + inset + (width - first) / (last - first) * (plot.right - plot.left - 2 * inset)
  }

  func y(_ level: Double) -> Double {
    plot.bottom
      - (level - limits.lowerBound) / (limits.upperBound - limits.lowerBound) * (plot.bottom - plot.top)
  }

  func svg(named isLast: Bool) -> String {
    let width = Panel.size.width + (isLast ? Panel.gutter : 0)
    let box = "0 0 \(width.coordinate) \(Panel.size.height.coordinate)"
    return "<svg viewBox=\"\(box)\" style=\"--w:\(width.coordinate)\" class=\"panel\" role=\"img\" "
      + "aria-label=\"\(title.escaped)\">\(content(named: isLast))</svg>"
  }

  /// What stands in the panel.
  func content(named isLast: Bool) -> String {
    var out =
      "<defs><clipPath id=\"\(id)\"><rect x=\"\(plot.left.coordinate)\" y=\"\(plot.top.coordinate)\" "
      + "width=\"\((plot.right - plot.left).coordinate)\" height=\"\((plot.bottom - plot.top).coordinate)\"/>"
      + "</clipPath></defs>"
    out += axes()
    out += "<g clip-path=\"url(#\(id))\">"
    for line in lines { out += prediction(line) }
    for line in lines.sorted(by: { !$0.isMarked && $1.isMarked }) { out += measured(line) }
    out += "</g>"
    return isLast ? out + endLabels() : out
  }

  private func axes() -> String {
    var out = "<text class=\"step\" x=\"\(plot.left.coordinate)\" y=\"18\">\(title.escaped)</text>"
    let span = limits.upperBound - limits.lowerBound
    let stride = [1, 2, 4, 5, 10, 20, 50].first { span / Double($0) <= 7.5 } ?? 100
    let lowest = Int((limits.lowerBound / Double(stride)).rounded(.up)) * stride
    for level in Swift.stride(from: lowest, through: Int(limits.upperBound.rounded(.down)), by: stride) {
      let y = y(Double(level)).coordinate
      out += "<path class=\"grid\" d=\"M\(plot.left.coordinate) \(y)H\(plot.right.coordinate)\"/>"
      out += "<text class=\"tick\" x=\"\((plot.left - 5).coordinate)\" y=\"\(y)\" dy=\".32em\" "
      out += "text-anchor=\"end\">\(level.asPowerOfTwo)</text>"
    }
    // Widths are labelled as far as they do not touch.
    var free = -Double.infinity
    for width in widths {
      let center = x(width)
      out += "<path class=\"tickmark\" d=\"M\(center.coordinate) \(plot.bottom.coordinate)v4\"/>"
      let text = String(Int(pow(2, width).rounded()))
      let half = Double(text.count) * 3.8
      guard center - half > free else { continue }
      free = center + half + 4
      out += "<text class=\"tick\" x=\"\(center.coordinate)\" y=\"\((plot.bottom + 18).coordinate)\" "
      out += "text-anchor=\"middle\">\(text)</text>"
    }
    let (middle, height) = ((plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2)
    out += "<text class=\"tick\" x=\"\(middle.coordinate)\" y=\"\((plot.bottom + 37).coordinate)\" "
    out += "text-anchor=\"middle\">width</text><text class=\"tick\" text-anchor=\"middle\" "
    out += "transform=\"translate(14 \(height.coordinate)) rotate(-90)\">\(statistic.escaped)</text>"
    return out
      + "<path class=\"axis\" d=\"M\(plot.left.coordinate) \(plot.bottom.coordinate)H\(plot.right.coordinate)\"/>"
  }

  /// The predicted slope as a thin line through the middle of the measured points.
  private func prediction(_ line: Line) -> String {
    let known = zip(widths, line.points).compactMap { width, point in point.map { (width, $0) } }
    guard let slope = line.predictedSlope, known.count > 1, let first = widths.first, let last = widths.last
    else { return "" }
    let center = known.reduce((0.0, 0.0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    let (cx, cy) = (center.0 / Double(known.count), center.1 / Double(known.count))
    let reach = (last - first) * 0.05
    func at(_ width: Double) -> String { "\(x(width).coordinate) \(y(cy + slope * (width - cx)).coordinate)" }
    return "<path class=\"predicted \(prefix)\(line.kind)\(line.isMarked ? " marked" : "")\" "
      + "d=\"M\(at(first - reach))L\(at(last + reach))\"/>"
  }

  private func measured(_ line: Line) -> String {
    var path = ""
    var dots = ""
    var isDrawing = false
    for (width, point) in zip(widths, line.points) {
      guard let point else {
        isDrawing = false
        continue
      }
      let place = "\(x(width).coordinate) \(y(point).coordinate)"
      path += (isDrawing ? "L" : "M") + place
      dots += "<circle cx=\"\(x(width).coordinate)\" cy=\"\(y(point).coordinate)\" r=\"\(line.isMarked ? 2.6 : 1.7)\"/>"
      isDrawing = true
    }
    guard !path.isEmpty else { return "" }
    return
      "<g class=\"line \(prefix)\(line.kind)\(line.isMarked ? " marked" : "")\" opacity=\"\(String(format: "%.2f", line.opacity))\">"
      + "<title>\(line.value.escaped)</title><path d=\"\(path)\"/>\(dots)</g>"
  }

  private func endLabels() -> String {
    let places = EndLabels.place(names, within: (plot.top + 4)...(plot.bottom - 2), spacing: 14.5)
    let end = (widths.last.map(x) ?? plot.right) + 4
    let text = plot.right + 18
    return places.map { placed in
      let label = placed.label
      let leaders = label.ends.map {
        "M\(end.coordinate) \($0.coordinate)C\((end + 10).coordinate) \($0.coordinate) "
          + "\((text - 12).coordinate) \(placed.y.coordinate) \((text - 3).coordinate) \(placed.y.coordinate)"
      }.joined()
      return "<g class=\"name \(prefix)\(label.kind)\(label.isMarked ? " marked" : "")\"><path d=\"\(leaders)\"/>"
        + "<text x=\"\(text.coordinate)\" y=\"\(placed.y.coordinate)\" dy=\".32em\">\(label.text.escaped)</text></g>"
    }.joined()
  }
}

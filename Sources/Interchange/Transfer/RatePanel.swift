import Foundation
import Verification

/// One parametrization as SVG: log2 of the learning rate against the loss, a line a width, with the best rates.
struct RatePanel {
  let arm: TransferArm
  /// All rates of the figure, ascending.
  let rates: [Double]
  /// Of the losses, or of their logarithms; shared by the panels of a figure.
  let limits: ClosedRange<Double>
  let isLogarithmic: Bool

  private static let size = (width: 420.0, height: 330.0)
  private static let plot = (left: 46.0, right: 410.0, top: 14.0, bottom: 296.0)

  private func x(_ rate: Double) -> Double {
    guard let low = rates.first, let high = rates.last, high > low else { return RatePanel.plot.left }
    let inset = 10.0
    let (left, right) = (RatePanel.plot.left + inset, RatePanel.plot.right - inset)
    return left + (rate - low) / (high - low) * (right - left)
  }

  private func y(_ loss: Double) -> Double {
    let inset = 12.0
    let (top, bottom) = (RatePanel.plot.top + inset, RatePanel.plot.bottom - inset)
    let part = ((isLogarithmic ? log(loss) : loss) - limits.lowerBound) / (limits.upperBound - limits.lowerBound)
    return bottom - min(part, 4) * (bottom - top)
  }

  var svg: String {
    let id = "rates-" + arm.name.filter { $0.isLetter || $0.isNumber }
    let plot = RatePanel.plot
    let (width, height) = ((plot.right - plot.left).coordinate, (plot.bottom - plot.top).coordinate)
    return """
      <svg viewBox="0 0 \(RatePanel.size.width.coordinate) \(RatePanel.size.height.coordinate)" role="img" \
      aria-label="\(arm.name.escaped)"><defs><clipPath id="\(id)"><rect x="\(plot.left.coordinate)" \
      y="\(plot.top.coordinate)" width="\(width)" height="\(height)"/></clipPath></defs>\
      \(axes)<g clip-path="url(#\(id))">\(arm.widths.indices.map(line).joined())</g>\
      \(arm.widths.indices.map(best).joined())</svg>
      """
  }

  private var axes: String {
    let plot = RatePanel.plot
    var out = ""
    for part in stride(from: 0.0, through: 1, by: 0.25) {
      let level = limits.lowerBound + part * (limits.upperBound - limits.lowerBound)
      let loss = isLogarithmic ? exp(level) : level
      let place = y(loss).coordinate
      out += "<path class=\"grid\" d=\"M\(plot.left.coordinate) \(place)H\(plot.right.coordinate)\"/>"
      out += "<text class=\"tick\" x=\"\((plot.left - 5).coordinate)\" y=\"\(place)\" dy=\".32em\" "
      out += "text-anchor=\"end\">\(TransferReport.loss(loss))</text>"
    }
    guard let low = rates.first, let high = rates.last, low.rounded(.up) <= high.rounded(.down) else { return out }
    let every = high - low > 14 ? 2 : 1
    for rate in Int(low.rounded(.up))...Int(high.rounded(.down)) where rate % every == 0 {
      let place = x(Double(rate)).coordinate
      out += "<path class=\"tickmark\" d=\"M\(place) \(plot.bottom.coordinate)v4\"/>"
      out += "<text class=\"tick\" x=\"\(place)\" y=\"\((plot.bottom + 16).coordinate)\" "
      out += "text-anchor=\"middle\">\(rate.asPowerOfTwo)</text>"
    }
    return out
      + "<path class=\"axis\" d=\"M\(plot.left.coordinate) \(plot.bottom.coordinate)H\(plot.right.coordinate)\"/>"
  }

  private func line(_ i: Int) -> String {
    let curve = arm.widths[i].curve
    var (path, dots, isDrawing) = ("", "", false)
    for (rate, mean) in zip(curve.log2Rates, curve.means) {
      guard mean.isFinite else {
        let top = RatePanel.plot.top + 4
        dots += "<path class=\"lost\" d=\"M\((x(rate) - 3).coordinate) \(top.coordinate)l6 6m0 -6l-6 6\"/>"
        isDrawing = false
        continue
      }
      path += (isDrawing ? "L" : "M") + "\(x(rate).coordinate) \(y(mean).coordinate)"
      dots += "<circle cx=\"\(x(rate).coordinate)\" cy=\"\(y(mean).coordinate)\" r=\"1.7\"/>"
      isDrawing = true
    }
    return "<g class=\"line w\(i)\"><title>width \(curve.width.grouped)</title><path d=\"\(path)\"/>\(dots)</g>"
  }

  private func best(_ i: Int) -> String {
    guard let found = arm.widths[i].optimum, found.edge == nil else { return "" }
    let (cx, cy) = (x(found.log2Rate).coordinate, y(found.score).coordinate)
    var out = "<g class=\"best w\(i)\"><title>width \(arm.widths[i].curve.width.grouped): 2^"
    out += "\(SlopeText.interval(found.log2Rate, found.halfWidth))</title>"
    if let half = found.halfWidth {
      let (left, right) = (
        max(x(found.log2Rate - half), RatePanel.plot.left), min(x(found.log2Rate + half), RatePanel.plot.right)
      )
      out += "<path d=\"M\(left.coordinate) \(cy)H\(right.coordinate)\"/>"
    }
    return out + "<circle cx=\"\(cx)\" cy=\"\(cy)\" r=\"4.2\"/></g>"
  }

  /// One hue, from pale for the smallest width to deep for the largest; the other way round on dark ground.
  static func styleSheet(count: Int) -> String {
    func mixed(_ one: [Double], _ other: [Double], _ part: Double) -> String {
      "rgb(" + zip(one, other).map { String(Int(($0 + ($1 - $0) * part).rounded())) }.joined(separator: ",") + ")"
    }
    var (light, dark) = ("", "")
    for i in 0..<count {
      let part = count > 1 ? Double(i) / Double(count - 1) : 1
      light += ".w\(i){--c:\(mixed([126, 188, 226], [8, 48, 107], part))}"
      dark += ".w\(i){--c:\(mixed([55, 98, 148], [205, 232, 255], part))}"
    }
    return """
      .rates{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:10px 18px}
      figure{margin:0;min-width:0}figcaption{font-size:13px;color:var(--soft)}figcaption b{color:var(--ink);margin-right:6px}
      .best circle{fill:var(--card);stroke:var(--c);stroke-width:2}.best path{stroke:var(--c);stroke-width:2.4;fill:none;opacity:.6}
      .line .lost{stroke-width:1.2}ul{padding-left:1.2em;color:var(--soft)}
      \(light)
      @media screen and (prefers-color-scheme:dark){\(dark)}
      """
  }
}

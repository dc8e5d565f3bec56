import Foundation

/// How slopes and their errors are written.
enum SlopeText {
  /// `-0.49`, ` 0.00`: two decimals, no minus before zero.
  static func slope(_ slope: Double) -> String {
    guard slope.isFinite else { return "nan" }
    let text = String(format: "%.2f", slope)
    return text == "-0.00" ? "0.00" : text
  }

  /// `0.01`; `0.004` if two decimals would be zero; one decimal or none where the error is large.
  static func error(_ error: Double) -> String {
    guard error.isFinite else { return "?" }
    if error >= 10 { return String(format: "%.0f", error) }
    if error < 0.0005 { return "0" }
    return String(format: error < 0.005 ? "%.3f" : "%.2f", error)
  }

  /// `-0.49 +- 0.01`.
  static func measured(_ slope: Double?, _ error: Double?) -> String {
    guard let slope else { return "" }
    return "\(SlopeText.slope(slope)) +- \(SlopeText.error(error ?? .nan))"
  }
}

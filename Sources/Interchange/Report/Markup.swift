import Foundation

extension String {
  /// The text with the characters that HTML and SVG reserve written out.
  var escaped: String {
    var result = ""
    result.reserveCapacity(count)
    for character in self {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}

extension Double {
  /// A coordinate: one decimal is a tenth of a pixel.
  var coordinate: String {
    let tenths = (self * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
  }
}

extension Int {
  /// `1024`, `10,240`.
  var grouped: String {
    if magnitude < 10_000 { return String(self) }
    var digits = Array(String(magnitude))
    var position = digits.count - 3
    while position > 0 {
      digits.insert(",", at: position)
      position -= 3
    }
    return (self < 0 ? "-" : "") + String(digits)
  }

  /// `2⁻⁴`.
  var asPowerOfTwo: String {
    let raised: [Character: Character] = [
      "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
    ]
    return "2" + String(String(self).map { raised[$0] ?? $0 })
  }
}

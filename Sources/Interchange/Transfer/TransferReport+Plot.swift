import Foundation
import Verification

extension TransferReport {
  /// The field's picture for a terminal: log2 of the rate against the loss, a letter a width (`a` the smallest), the lowest
  /// loss of each as a capital.
  public var plot: String {
    result.arms.map { plot($0) }.joined(separator: "\n\n")
  }

  private func plot(_ arm: TransferArm) -> String {
    let (limits, rates) = (limits, self.rates)
    guard let low = rates.first, let high = rates.last, high > low else { return arm.name }
    let (rows, columnsOfOctave) = (14, max(1, min(6, Int(60 / (high - low)))))
    let columns = Int(((high - low) * Double(columnsOfOctave)).rounded()) + 1
    var canvas = [[Character]](repeating: [Character](repeating: " ", count: columns), count: rows)
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    for (i, at) in arm.widths.enumerated() {
      let means = at.curve.means
      let letter = letters[i % letters.count]
      let best = means.indices.min { means[$0] < means[$1] }
      for (k, mean) in means.enumerated() where mean.isFinite {
        let height = (level(mean) - limits.lowerBound) / (limits.upperBound - limits.lowerBound)
        guard height <= 1 else { continue }
        let row = rows - 1 - Int((max(0, height) * Double(rows - 1)).rounded())
        let column = Int(((at.curve.log2Rates[k] - low) * Double(columnsOfOctave)).rounded())
        let mark = k == best ? Character(letter.uppercased()) : letter
        if k == best || !canvas[row][column].isUppercase { canvas[row][column] = mark }
      }
    }
    let names = arm.widths.enumerated().map { "\(letters[$0 % letters.count]) \($1.curve.width)" }
    var lines = ["\(arm.name): \(lossName) (up) against log2 rate; \(names.joined(separator: ", "))"]
    for (i, row) in canvas.enumerated() {
      let level =
        limits.upperBound - (limits.upperBound - limits.lowerBound) * Double(i) / Double(rows - 1)
      let label = i % 3 == 1 ? TransferReport.loss(isLogarithmic ? exp(level) : level) : ""
      let text = String(row.reversed().drop { $0 == " " }.reversed())
      lines.append(String(repeating: " ", count: max(0, 9 - label.count)) + label + " |" + text)
    }
    lines.append(String(repeating: " ", count: 10) + "+" + String(repeating: "-", count: columns))
    var axis = [Character](repeating: " ", count: columns + 8)
    var free = 0
    for rate in Int(low.rounded(.up))...Int(high.rounded(.down)) {
      let column = Int(((Double(rate) - low) * Double(columnsOfOctave)).rounded())
      let text = Array("\(rate)")
      guard column >= free else { continue }
      axis.replaceSubrange(column..<column + text.count, with: text)
      free = column + text.count + 1
    }
    lines.append(String(repeating: " ", count: 11) + String(axis.reversed().drop { $0 == " " }.reversed()))
    return lines.joined(separator: "\n")
  }

  /// All rates that were tried, ascending.
  var rates: [Double] {
    Set(result.arms.flatMap(\.widths).flatMap(\.curve.log2Rates)).sorted()
  }

  /// Whether losses are drawn by their logarithms.
  var isLogarithmic: Bool { means.allSatisfy { $0 > 0 } }

  /// Where a loss is drawn.
  func level(_ loss: Double) -> Double { isLogarithmic ? log(loss) : loss }

  private var means: [Double] { result.arms.flatMap(\.widths).flatMap(\.curve.means).filter(\.isFinite) }

  /// The limits of the pictures, logarithms where those are drawn: from the lowest loss to that before any update, as more
  /// is no use.
  var limits: ClosedRange<Double> {
    let levels = means.map(level)
    guard let bottom = levels.min(), let highest = levels.max() else { return 0...1 }
    let initial = result.arms.flatMap(\.widths).compactMap(\.initialLoss).max().map(level)
    let top = min(highest, max(initial ?? highest, bottom))
    return top > bottom ? bottom...top : bottom...bottom + 1
  }
}

import Exact
import Foundation
import Scaling
public import Verification

extension AlignmentResult {
  /// The measured alignments as a table for a terminal: at the largest width (each of them if `all`), the slope over
  /// widths, and what the calculus expects.
  ///
  ///     weight    step  alpha         omega         u             slopes: alpha  omega ..  calculus
  ///     layers.1  1     0.97 +- 0.01  0.55 +- 0.01  0.61 +- 0.02  0.99 +- 0.01   0.50 ..   1, 1/2, 1
  public func table(all: Bool = false) -> String {
    let isMany = rows.contains { $0.widths.count > 1 }
    var columns = ["weight", "step"] + (all && isMany ? ["width"] : []) + ["alpha", "omega", "u"]
    if isMany { columns += ["slopes: alpha", "omega", "u"] }
    var table = TextTable((columns + ["calculus: alpha, omega, u"]).map { ($0, .left) })
    let uses = Dictionary(rows.map { ($0.weight, $0.use) }, uniquingKeysWith: max)
    for row in rows {
      let name = row.weight + ((uses[row.weight] ?? 1) > 1 ? " (\(row.use))" : "")
      for (i, at) in row.widths.enumerated() where all || i == row.widths.count - 1 {
        let isLast = i == row.widths.count - 1
        var cells = [name, "\(row.step)"] + (all && isMany ? ["\(at.width)"] : []) + at.numbers.cells
        if isMany { cells += isLast ? row.slope?.cells ?? ["", "", ""] : ["", "", ""] }
        table.append(cells + [isLast ? row.expected?.text ?? "" : ""])
      }
    }
    let widths = rows.first.map { $0.widths.map { "\($0.width)" } } ?? []
    var text = isMany ? "at width \(widths.last ?? ""), and slopes over \(widths.joined(separator: ", "))\n\n" : ""
    if !isMany, let width = widths.first { text = "at width \(width)\n\n" }
    text += table.text
    for lost in divergences {
      text += "\nwidth \(lost.width), seed \(lost.seed): diverged after \(lost.step) update\(lost.step == 1 ? "" : "s")"
    }
    return text
  }
}

extension MeasuredAlignment {
  fileprivate var cells: [String] { [alpha, omega, u].map { $0?.text ?? "-" } }
}

extension Spread {
  /// `0.97 +- 0.01`: mean and standard deviation; no deviation for one seed.
  fileprivate var text: String {
    deviation == nil ? SlopeText.slope(mean) : SlopeText.measured(mean, deviation)
  }
}

extension ExpectedAlignment {
  /// `1, 1/2, -`.
  fileprivate var text: String { [alpha, omega, u].map { $0?.description ?? "-" }.joined(separator: ", ") }
}

/// The JSON of `align`.
public struct AlignmentDocument: Codable, Sendable {
  public var program: String
  public var optimizer: String
  public var parametrization: String
  public var data: String
  public var base: Int
  public var seeds: [Int]
  public var rate: Double
  public var rows: [AlignmentRow]
  public var divergences: [CheckGrid.Divergence]
  /// Left out unless asked for.
  public var rates: [AlignedRates]?

  public init(
    _ asked: AlignmentMeasurement, _ found: AlignmentResult, data: String, rates: [AlignedRates]? = nil
  ) {
    (program, optimizer, parametrization) = (asked.program.name, asked.optimizer.name, asked.parametrization.name)
    (self.data, base, seeds, rate) = (data, asked.base, asked.seeds, asked.learningRate)
    (rows, divergences, self.rates) = (found.rows, found.divergences, rates)
  }
}

import Exact
import Scaling
import Verification

extension GalleryReport {
  /// The table for a terminal, and under it what does not agree, and why.
  ///
  ///            sgd                       adam
  ///     gpt    98/102 agree, 0 disagree  102/102 agree, 0 disagree
  public var table: String {
    var table = TextTable([("", .left)] + optimizers.map { ($0, .left) })
    for architecture in architectures {
      table.append([architecture] + optimizers.map { cell(architecture, $0).map(text) ?? "" })
    }
    let notes = remarks.map { "\($0.cell): \($0.text)" }.joined(separator: "\n")
    return table.text + (notes.isEmpty ? "" : "\n\n" + notes)
  }

  /// The table for a page, with how it was made.
  public var markdown: String {
    let widths = list(settings.widths)
    var lines = [
      "\(date.prefix(10)), widthwise \(settings.version), \(machine). Widths \(widths), "
        + "\(settings.seeds) \(settings.seeds == 1 ? "seed" : "seeds"), "
        + "\(settings.steps) \(settings.steps == 1 ? "step" : "steps"), base width \(settings.base); "
        + "\(Int(cells.map(\.seconds).reduce(0, +).rounded(.up))) s of one processor.", "", "```sh", command, "```", "",
      sentence + ".", "", "| architecture | " + optimizers.joined(separator: " | ") + " |",
      "|---" + String(repeating: "|---", count: optimizers.count) + "|",
    ]
    for architecture in architectures {
      lines.append(
        "| `\(architecture)` | " + optimizers.map { cell(architecture, $0).map(text) ?? "" }.joined(separator: " | ")
          + " |")
    }
    if !remarks.isEmpty {
      lines.append("")
      lines += remarks.map { "- `\($0.cell)`: \($0.text)".replacing("|", with: "\\|").replacing("\n", with: " ") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The text of a page with the table between its marks.
  ///
  /// Throws ``GalleryMarks/Missing``.
  public func replacing(in page: String, file: String) throws -> String {
    guard let begin = page.firstRange(of: GalleryMarks.begin + "\n"),
      let end = page[begin.upperBound...].firstRange(of: GalleryMarks.end)
    else { throw GalleryMarks.Missing(file: file) }
    return page[..<begin.upperBound] + "\n" + markdown + "\n" + page[end.lowerBound...]
  }

  private func text(_ cell: GalleryCell) -> String {
    if cell.error != nil { return "error" }
    var text = "\(cell.agree)/\(cell.rows) agree, \(cell.disagree) disagree"
    if cell.diverged > 0 { text += ", \(cell.diverged) diverged" }
    if cell.widths == settings.widths { return text }
    return text + ", "
      + (settings.widths.starts(with: cell.widths) ? "to \(cell.widths.last ?? 0)" : "at \(list(cell.widths))")
  }

  /// What the table can't hold: the largest disagreement of a cell, errors, widths that were left out.
  private var remarks: [(cell: String, text: String)] {
    cells.flatMap { cell in
      var texts: [String] = []
      if let error = cell.error { texts.append(error) }
      if let row = cell.disagreements.first {
        texts.append(
          "largest disagreement \(row.value) (\(row.statistic.rawValue), step \(row.step)): predicted "
            + "\(row.predicted?.description ?? "zero"), measured \(SlopeText.measured(row.measured, row.standardError))"
            + (row.reason.map { ", \($0)" } ?? ""))
      }
      if let row = cell.broken.first {
        texts.append(
          "not as promised: \(row.value) \(row.finding), slope \(SlopeText.measured(row.measured, row.standardError))")
      }
      for (i, out) in cell.leftOut.enumerated() where i == 0 || cell.leftOut[i - 1].reason != out.reason {
        let same = cell.leftOut[i...].prefix { $0.reason == out.reason }
        texts.append("without width \(list(same.map(\.width))): \(out.reason)")
      }
      return texts.map { ("\(cell.architecture), \(cell.optimizer)", $0) }
    }
  }

  private func list(_ widths: [Int]) -> String { widths.map { "\($0)" }.joined(separator: ",") }
}

import Foundation
import Gallery
import TensorPrograms
import Testing
import Verification

@testable import Interchange

@Suite struct TransferReportTests {
  /// The first arm stays at 2^-6, the second goes from there to 2^-8; at 2^-3 the wider nets of the second diverge.
  static func make() throws -> TransferReport {
    func curve(_ width: Int, _ level: Double, _ best: Double, lost: Bool = false) -> RateCurve {
      let rates = (-10 ... -3).map(Double.init)
      return RateCurve(
        width: width, log2Rates: rates,
        scores: rates.map { x -> [Double?] in
          let height: Double = level + 0.05 * (x - best) * (x - best)
          return lost && x == -3 ? [nil, height] : [height, height + 0.01]
        })
    }
    let result = TransferResult(
      score: .mean, names: ["maximal update", "standard"],
      curves: [
        [curve(64, 1, -6), curve(256, 0.9, -6)], [curve(64, 1, -6), curve(256, 0.8, -8, lost: true)],
      ], initialLosses: [2, 2])
    let study = TransferStudy(
      program: try Architecture.mlp.program(), optimizer: .adam(), parametrizations: [], widths: [64, 256],
      seeds: [0, 1])
    return TransferReport(
      study, result, command: "widthwise transfer mlp --widths '<64>'", data: "digits: rows", version: "1", seconds: 3,
      date: Date(timeIntervalSince1970: 0))
  }

  @Test func tables() throws {
    let report = try Self.make()
    #expect(report.verdict == .transfers)
    let lines = report.table.split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && lines[1].hasPrefix("maximal update     64  ") && lines[1].contains("-6.00 +- "))
    #expect(lines[4].contains("-8.0") && lines[4].hasSuffix("1 of 16"), "\(lines[4])")
    let sentences = report.sentences
    #expect(sentences[0].hasPrefix("maximal update transfers: the best rate moves by 0.00 +- "))
    #expect(sentences.contains { $0.hasPrefix("standard drifts: the best rate moves by -1.0") }, "\(sentences)")
    #expect(
      sentences.contains { $0.hasPrefix("standard: width 256 with the best rate of width 64 has a mean loss of ") })
    #expect(sentences.contains { $0.hasPrefix("standard: wider is worse at ") && $0.hasSuffix(", 2^-4, 2^-3.") })
    // Said plainly where the first loses.
    #expect(sentences.last?.contains("width 256: worse by 0.10") == true, "\(sentences)")
  }

  /// Each picture has a capital for the lowest loss of a width.
  @Test func plots() throws {
    let plots = try Self.make().plot.components(separatedBy: "\n\n")
    #expect(plots.count == 2 && plots[0].hasPrefix("maximal update: mean loss (up) against log2 rate; a 64, b 256\n"))
    func columns(_ plot: String, _ letter: Character) -> [Int] {
      plot.split(separator: "\n").dropFirst().compactMap { line in
        line.firstIndex(of: letter).map { line.distance(from: line.startIndex, to: $0) }
      }
    }
    let (a, b) = (columns(plots[1], "A"), columns(plots[1], "B"))
    #expect(a.count == 1 && b.count == 1 && columns(plots[0], "A") == a && columns(plots[0], "B") == a)
    // Two octaves to the left, as many columns as the axis has between -8 and -6.
    let axis = try #require(plots[1].split(separator: "\n").last)
    let places = ["-8 ", "-6 "].compactMap { axis.firstRange(of: $0)?.lowerBound }
    #expect(places.count == 2 && a[0] - b[0] == axis.distance(from: places[0], to: places[1]))
  }

  @Test func page() throws {
    let report = try Self.make()
    let page = TransferPage(report).page
    #expect(page.components(separatedBy: "<svg ").count == 3 && page.contains("<body class=\"agrees\">"))
    // A ring for each width of each parametrization, and a cross where a run diverged.
    #expect(page.components(separatedBy: "class=\"best w").count == 5)
    #expect(page.components(separatedBy: "class=\"lost\"").count == 2)
    #expect(page.contains("&lt;64&gt;") && page.contains("digits: rows") && page.contains("Standard</b> drifts"))
    #expect(!page.contains("<script") && !page.contains("http") && !page.contains("nan") && !page.contains("inf,"))
  }

  @Test func documents() throws {
    let report = try Self.make()
    #expect(try JSONDecoder().decode(TransferReport.self, from: Data(report.json().utf8)) == report)
    let lines = report.csv.split(separator: "\n")
    #expect(lines.count == 1 + 2 * 2 * 8 * 2 && lines[0] == "parametrization,width,log2_rate,seed,loss")
    #expect(lines.filter { $0.hasSuffix(",inf") } == ["standard,256,-3.0,0,inf"])
  }
}

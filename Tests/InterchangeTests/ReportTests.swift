import Exact
import Foundation
import Gallery
import TensorPrograms
import Testing
import Verification

@testable import Interchange

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ReportTests {
  @Test func pageHasAPanelAStepAndAllItSays() throws {
    let report = try SyntheticReport.make(.mlp, steps: 3)
    let page = HTMLReport(report).page
    // Change after 1, 2, 3 steps and size after 0 to 3, in two parametrizations.
    #expect(page.components(separatedBy: "<svg ").count - 1 == 2 * (3 + 4))
    for text in [report.command, report.data, report.version, report.date, "readout.out", "prefers-color-scheme"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("<script") && !page.contains("http") && !page.contains("nan"))
  }

  @Test func disagreementsComeFirstAndAreMarked() throws {
    let report = try SyntheticReport.make(broken: ["blocks.1.mlp.down.out"], standard: false)
    #expect(report.verdict == .disagrees)
    let page = HTMLReport(report).page
    #expect(page.contains("disagree with measurement from width 64 to 1024, first blocks.1.mlp.down.out after 1 step."))
    #expect(page.contains("<body class=\"disagrees\">"))
    let table = try #require(page.range(of: "class=\"matrix\"")).upperBound
    let first = try #require(page.range(of: "<tbody>", range: table..<page.endIndex)).upperBound
    #expect(page[first...].hasPrefix("<tr><th scope=\"row\">blocks.1.mlp.down.out"))
  }

  @Test func sentences() throws {
    var report = try SyntheticReport.make(.mlp, steps: 1)
    #expect(report.verdict == .agrees)
    report.grid.rows.removeAll { $0.isMixture }
    #expect(report.sentence == "\(report.grid.rows.count) of \(report.grid.rows.count) agree")
    #expect(HTMLReport(report).sentence.hasPrefix("All "))
    let noisy = try SyntheticReport.make(.mlp, steps: 1, noise: 0.8)
    #expect(noisy.verdict == .cannotTell && noisy.sentence.contains(" cannot tell"))
  }

  /// What does not agree stands under the bar with its reason; the reasons of all rows are text, not hover text.
  @Test func everyRowShowsItsReason() throws {
    var report = try SyntheticReport.make(.mlp, steps: 2, noise: 0.2, broken: ["layers.1.out"], standard: false)
    report.changes = ["layers.1.c=0"]
    let page = HTMLReport(report).page
    let header = try #require(page.components(separatedBy: "</header>").first)
    let odd = report.grid.rows.filter { $0.verdict != .agrees }
    #expect(odd.count > 3 && header.components(separatedBy: "<td class=\"why\">").count - 1 == odd.count)
    #expect(header.contains("<span class=\"verdict d\">disagrees</span> With layers.1.c=0: "))
    for row in report.grid.rows {
      if let reason = row.reason { #expect(page.contains("\(reason.escaped)</li>"), "\(reason)") }
      if row.verdict != .agrees { #expect(header.contains("<th scope=\"row\">\(row.value)</th>")) }
    }
    #expect(!page.contains("title=\""))
    for word in ["agree", "cannot tell", "disagree"] { #expect(header.contains("</b> \(word)")) }
    #expect(!page.contains("cannot be told") && page.contains("at initialization"))
  }

  /// A file by itself: both parametrizations on the same axes, colours in plain rules, which every reader of SVG knows.
  @Test func figureForAPaper() throws {
    let report = try SyntheticReport.make(.gpt, steps: 2)
    let text = PaperFigure(report).svg
    let document = try XMLDocument(xmlString: text)
    #expect(document.rootElement()?.name == "svg" && !text.contains("var(") && !text.contains("nan"))
    #expect(text.contains("Maximal update, after 2 steps") && text.contains("Standard, after 2 steps"))
    #expect(text.contains(">width</text>") && text.components(separatedBy: ">mean |x(t) − x(0)|</text>").count == 3)
    #expect(text.contains(">attention</text>") && text.contains(">predicted slope</text>"))
    var alone = report
    alone.standard = nil
    #expect(!PaperFigure(alone).svg.contains("Standard"))
  }

  @Test func explosionsAreNamed() throws {
    var report = try SyntheticReport.make(.mlp, steps: 1)
    #expect(report.remedy == nil)
    let text = #"{"width": 64, "first": 2.3, "steps": 5}"#
    report.explosion = try JSONDecoder().decode(Explosion.self, from: Data(text.utf8))
    #expect(
      report.closing.contains("is too large for any verdict: the loss at width 64 goes from 2.3 to what is no number"))
    #expect(HTMLReport(report).page.contains("give a smaller --rate"))
  }

  /// No two families share a hue, however many there are.
  @Test func coloursOfManyFamilies() {
    let style = LineStyle((0..<12).map { "\(Character(UnicodeScalar(97 + UInt8($0)))).out" })
    #expect(style.families.count == 8 && style.families.last == LineStyle.others)
    #expect(Set(style.families.map { style.colour(ofFamily: $0) }).count == 8)
    #expect(Set(style.kinds.map(\.colours.light)).count == 12)
    let weights = LineStyle(["a", "m", "z"], families: style.families, prefix: "w")
    #expect(weights.kinds.map(\.family) == ["a", LineStyle.others, LineStyle.others])
  }

  @Test func whatUsersTypeIsEscaped() throws {
    var report = try SyntheticReport.make(.mlp, steps: 1)
    report.command = "widthwise check '<b>&\"'"
    report.title = "</title><script>"
    let page = HTMLReport(report).page
    #expect(page.contains("&lt;b&gt;&amp;&quot;") && !page.contains("<script"))
  }

  @Test func jsonGoesThereAndBack() throws {
    var report = try SyntheticReport.make(.mlp, steps: 2, broken: ["layers.0.out"])
    report.grid.rows[0].measured = nil
    report.grid.rows[0].means[1] = nil
    report.grid.divergences = [.init(width: 1024, seed: 1, step: 2)]
    let text = try report.json()
    #expect(try JSONDecoder().decode(CheckReport.self, from: Data(text.utf8)) == report)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "disagrees" && object["seconds"] as? Double == 41.7)
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows[0]["measured"] is NSNull)
    let readout = try #require(rows.first { $0["value"] as? String == "readout.out" })
    #expect(readout["predicted"] as? String == "-1/2" && readout["statistic"] as? String == "size")
    #expect(Set(rows.compactMap { $0["verdict"] as? String }).isSubset(of: ["agrees", "disagrees", "cannot tell"]))
  }

  @Test func meansAsMupWritesThem() throws {
    let lines = try SyntheticReport.make(.mlp, steps: 1).csv().split(separator: "\n")
    #expect(
      lines[0] == "width,module,t,l1,change" && lines[1].hasPrefix("64,layers.0.out,1,") && lines[1].hasSuffix(",0.0"))
    #expect(lines.count == 1 + 4 * 5 * 2)
  }

  @Test func terminalTable() throws {
    let table = try SyntheticReport.make(.mlp, steps: 1, broken: ["layers.1.out"]).table(all: false)
    let lines = table.split(separator: "\n").map(String.init)
    #expect(lines[0].split(separator: " ").joined(separator: " ") == "step predicted measured verdict")
    #expect(lines[1].hasPrefix("layers.1.out  change") && lines[1].contains("  disagrees: "))
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") && !$0.hasSuffix("agrees") || $0.hasSuffix("disagrees") })
    #expect(SlopeText.measured(-0.004, 0.0041) == "0.00 +- 0.004" && SlopeText.measured(nil, nil) == "")
  }

  /// Names never overlap, keep their order, stay inside, and go by priority where there is no room.
  @Test func endLabels() {
    func labels(_ wishes: [Double]) -> [EndLabels.Label] {
      wishes.enumerated().map {
        .init(text: "\($0)", wish: $1, priority: $0, kind: 0, isMarked: false, ends: [$1])
      }
    }
    for wishes in [[50, 50, 50], [0, 1, 2, 99], [100, 100], [10], [], [3, 90, 4, 91, 5, 92]] as [[Double]] {
      let placed = EndLabels.place(labels(wishes), within: 0...100, spacing: 12)
      #expect(placed.count == wishes.count && placed.allSatisfy { (0...100.0001).contains($0.y) })
      #expect(zip(placed, placed.dropFirst()).allSatisfy { $1.y - $0.y >= 11.999 && $1.label.wish >= $0.label.wish })
    }
    #expect(abs(EndLabels.place(labels([40, 60]), within: 0...100, spacing: 12)[0].y - 40) < 1e-9)
    let crowded = EndLabels.place(labels(Array(repeating: 50, count: 30)), within: 0...100, spacing: 12)
    #expect(crowded.count == 9 && crowded.allSatisfy { $0.label.priority >= 21 })
  }

  @Test func kindsAndFamilies() {
    #expect(LineStyle.kind("blocks.12.mlp.up.out") == "blocks.*.mlp.up.out")
    #expect(LineStyle.family("blocks.*.conv1.out") == "conv" && LineStyle.family("blocks.*.out") == "blocks")
    #expect(LineStyle.family("readout.out") == "readout")
    let style = LineStyle(["blocks.0.mlp.out", "blocks.1.mlp.out", "readout.out"])
    #expect(style.kinds.count == 2 && style.families == ["mlp", "readout"])
    #expect(style.opacity("blocks.0.mlp.out") == 0.5 && style.opacity("blocks.1.mlp.out") == 1)
  }
}

import ArgumentParser
import Foundation
import Widthwise

extension Check {
  /// Prints the answer and then writes the files, so that no answer is lost with a file.
  func show(_ document: CheckReport, page: String?) throws {
    if json {
      print(try document.json(), terminator: "")
    } else {
      if csv == "-" { print(document.csv(), terminator: "") }
      say(document.terminal(all: all))
    }
    var failure: (any Error)?
    func write(_ text: @autoclosure () -> String, to file: String) -> Bool {
      do {
        try self.write(text(), to: file)
        return true
      } catch {
        failure = failure ?? error
        return false
      }
    }
    if let csv, csv != "-" { _ = write(document.csv(), to: csv) }
    if let figure, write(PaperFigure(document).svg, to: figure), !json { say("figure: \(figure)") }
    if let page, write(HTMLReport(document).page, to: page), !json { say("report: \(page)") }
    if let failure { throw failure }
  }

  /// Prints a text, where the table of means is printed beside it.
  private func say(_ text: String) {
    if csv == "-" { FileHandle.standardError.write(Data("\(text)\n".utf8)) } else { print(text) }
  }

  /// `gpt-check.html`. That of another optimizer or of exponents that were set has another name, so that it does not
  /// overwrite the derived one's.
  func pageName(_ program: Program) -> String {
    let own = program.step.isEmpty ? "adam" : nil
    let other = optimizer.optimizer == own ? nil : optimizer.optimizer
    let words = [program.name, other, set.isEmpty ? nil : "changed", "check"].compactMap(\.self)
    let plain = words.joined(separator: "-").map { $0.isLetter || $0.isNumber || "._+".contains($0) ? $0 : "-" }
    return String(plain).split(separator: "-").joined(separator: "-") + ".html"
  }
}

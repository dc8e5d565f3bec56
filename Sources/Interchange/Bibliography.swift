public import Scaling
import TensorPrograms

/// The works that an answer rests on, as text, BibTeX and JSON.
public struct Bibliography: Codable, Sendable {
  public var program: String
  public var works: [Work]

  public struct Work: Codable, Sendable {
    public var identifier: String
    public var title: String
    public var authors: String
    public var year: Int
    /// The parts of the answer that rest on it.
    public var uses: [String]
  }

  public init(_ references: [Reference], program: String) {
    self.program = program
    works = references.map {
      Work(
        identifier: $0.work.identifier, title: $0.work.title, authors: $0.work.authors, year: $0.work.year,
        uses: $0.uses)
    }
  }

  /// A work and, below it, what rests on it.
  public var text: String {
    if works.isEmpty { return "no published work was used: nothing scales with the width" }
    return works.map { work in
      ([work.citation.text] + work.uses.map { "  " + $0 }).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Entries for BibTeX; keys are author, year and a word of the title.
  public var bibtex: String {
    var taken: [String: Int] = [:]
    return works.map { work in
      let key = work.key
      taken[key, default: 0] += 1
      let count = taken[key] ?? 1
      return work.bibtex(key: count == 1 ? key : "\(key)-\(count)")
    }.joined(separator: "\n\n")
  }
}

extension Bibliography.Work {
  var citation: Citation { Citation(identifier, title, authors, year) }

  private static let smallWords: Set<String> = ["a", "an", "the", "on", "of", "for", "in", "to", "and", "with"]

  /// `yang2022tensor`.
  var key: String {
    let letters = { (text: Substring) in text.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) } }
    let author = authors.split { $0 == "," || $0 == " " }.first.map(letters) ?? ""
    let words = title.split { !$0.isLetter && !$0.isNumber }.map(letters)
    return author + String(year) + (words.first { !$0.isEmpty && !Self.smallWords.contains($0) } ?? "")
  }

  func bibtex(key: String) -> String {
    var fields = [("title", "{\(escaped(title))}"), ("author", escaped(people)), ("year", "\(year)")]
    if identifier.contains("/") {
      fields.append(("doi", identifier))
    } else if !identifier.isEmpty {
      fields += [("eprint", identifier), ("archivePrefix", "arXiv")]
    }
    let width = fields.map(\.0.count).max() ?? 0
    let lines = fields.map { name, value in
      "  \(name)\(String(repeating: " ", count: width - name.count)) = {\(value)}"
    }
    return "@misc{\(key),\n\(lines.joined(separator: ",\n"))\n}"
  }

  /// `Yang, Simon & Bernstein` as BibTeX separates names.
  private var people: String {
    authors.replacing(" et al.", with: " and others").replacing(" & ", with: " and ").replacing(", ", with: " and ")
  }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { $0 += "&%$#_{}".contains($1) ? "\\\($1)" : String($1) }
  }
}

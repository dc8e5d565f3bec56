/// A published work that an answer rests on: whoever uses the answer can cite it.
public struct Citation: Sendable, Hashable, Codable {
  /// Where it is found: an arXiv number (`2203.03466`), a DOI, or empty for a book or an old proceeding.
  public var identifier: String
  public var title: String
  public var authors: String
  public var year: Int

  public init(_ identifier: String, _ title: String, _ authors: String, _ year: Int) {
    (self.identifier, self.title, self.authors, self.year) = (identifier, title, authors, year)
  }

  /// `Yang et al. 2022, Tensor Programs V: ..., arXiv 2203.03466`.
  public var text: String {
    let place = identifier.isEmpty ? "" : identifier.contains("/") ? ", doi \(identifier)" : ", arXiv \(identifier)"
    return "\(authors) \(year), \(title)\(place)"
  }
}

/// A configuration that a source publishes: `GPT-3 175B`, with its sizes and hyperparameters as stated there.
public struct PublishedModel: Sendable, Hashable, Codable {
  public var name: String
  /// Options of the architecture by name, as numbers: `["model": "12288", "heads": "96"]`.
  public var settings: [String: String]
  /// What training used, in the source's words: `["learning rate": "0.6e-4", "batch": "3.2M tokens"]`.
  public var training: [String: String]
  /// Where in the source: `table 2.1`.
  public var place: String

  public init(_ name: String, settings: [String: String], training: [String: String] = [:], place: String) {
    (self.name, self.settings, self.training, self.place) = (name, settings, training, place)
  }
}

public import Foundation
public import Verification

/// A gallery as a document: the content of its JSON and its tables.
public struct GalleryReport: Sendable, Equatable, Codable {
  /// The command that reproduces it.
  public var command: String
  /// ISO 8601.
  public var date: String
  /// What it was measured on: system, processors.
  public var machine: String
  public var settings: GallerySettings
  public var cells: [GalleryCell]

  public init(_ cells: [GalleryCell], settings: GallerySettings, command: String, machine: String, date: Date = Date())
  {
    (self.cells, self.settings, self.command, self.machine) = (cells, settings, command, machine)
    self.date = date.formatted(.iso8601)
  }

  /// Whether nothing contradicts a derivation, and everything could be measured.
  public var isConfirmed: Bool { !cells.contains(where: \.isRefuted) }

  public var architectures: [String] { GalleryReport.unique(cells.map(\.architecture)) }
  public var optimizers: [String] { GalleryReport.unique(cells.map(\.optimizer)) }

  public func cell(_ architecture: String, _ optimizer: String) -> GalleryCell? {
    cells.first { $0.architecture == architecture && $0.optimizer == optimizer }
  }

  /// `47 of 48 cells: nothing disagrees. 2100 of 2400 rows agree, 120 lie between two predicted exponents, ...`.
  public var sentence: String {
    func sum(_ count: (GalleryCell) -> Int) -> Int { cells.map(count).reduce(0, +) }
    let errors = cells.count { $0.error != nil }
    let clean = cells.count { !$0.isRefuted }
    var parts = ["\(sum(\.agree)) of \(sum(\.rows)) rows agree", "\(sum(\.disagree)) disagree"]
    if sum(\.mixed) > 0 { parts.append("\(sum(\.mixed)) lie between two predicted exponents") }
    if sum(\.cannotTell) > 0 { parts.append("\(sum(\.cannotTell)) cannot tell") }
    if sum(\.diverged) > 0 { parts.append("\(sum(\.diverged)) runs diverged") }
    if errors > 0 { parts.append("\(errors) \(errors == 1 ? "cell" : "cells") could not be measured") }
    let confirmed = cells.count { $0.error == nil && $0.verdict == .agrees }
    return "\(clean) of \(cells.count) cells without contradiction, \(confirmed) confirmed in every value; "
      + parts.joined(separator: ", ")
  }

  /// The document, keys sorted, readable.
  ///
  /// Throws if a number in it is not finite.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}

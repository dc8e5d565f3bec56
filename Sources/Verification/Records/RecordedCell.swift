/// A part of a long study that is finished by itself. A ``CellRecord`` keeps it.
public protocol RecordedCell: Sendable, Equatable, Codable {
  associatedtype Settings: StudySettings

  /// What the whole is called: `gallery`.
  static var study: String { get }

  /// What tells it from the other cells of its study.
  var key: String { get }
  /// Why nothing was measured; nil if it was.
  var error: String? { get }
}

/// One architecture under one optimizer, by their words on the command line.
public protocol ArchitectureCell: RecordedCell {
  var architecture: String { get }
  var optimizer: String { get }
  /// The fingerprint of the program with its step and of the derived exponents; if it changes, the cell is made again.
  var derivation: String { get }
}

extension ArchitectureCell {
  public var key: String { Self.key(architecture, optimizer) }

  static func key(_ architecture: String, _ optimizer: String) -> String { "\(architecture), \(optimizer)" }
}

/// What all cells of a study have in common.
public protocol StudySettings: Sendable, Equatable, Codable {
  /// Each setting by its name, as text; empty for none.
  var texts: [(name: String, text: String)] { get }
}

extension StudySettings {
  /// What differs from other settings: `seeds 4 there, 2 here`.
  func differences(from other: Self) -> [String] {
    zip(other.texts, texts).filter { $0.text != $1.text }.map { there, here in
      func shown(_ text: String) -> String { text.isEmpty ? "none" : text }
      return "\(here.name) \(shown(there.text)) there, \(shown(here.text)) here"
    }
  }
}

public import Experiments

/// A finished run of a study of transfer. It is told by the fingerprint of its recipe, so that studies of other widths,
/// seeds and rates may share a record.
public struct TransferCell: RecordedCell {
  public typealias Settings = TransferSettings
  public static let study = "study of transfer"

  /// ``Recipe/fingerprint``.
  public var key: String
  public var parametrization: String
  public var width: Int
  public var seed: Int
  public var log2Rate: Double
  public var scores: RunScores

  /// A run that diverged is a finding, and one that cannot begin ends the study.
  public var error: String? { nil }
}

/// What all runs of a record have in common beside their recipes.
public struct TransferSettings: StudySettings {
  /// Of this package.
  public var version: String

  public init(version: String) { self.version = version }

  public var texts: [(name: String, text: String)] { [("version", version)] }
}

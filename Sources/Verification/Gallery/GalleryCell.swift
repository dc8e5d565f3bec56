import Exact

/// What the check of one architecture under one optimizer found.
public struct GalleryCell: ArchitectureCell {
  public typealias Settings = GallerySettings
  public static let study = "gallery"

  public var architecture: String
  /// The optimizer, by its word on the command line.
  public var optimizer: String
  /// The fingerprint of the program with its step and of the derived exponents; if it changes, the cell is checked
  /// again.
  public var derivation: String
  /// The name of the data.
  public var data: String
  /// The learning rate at the base width.
  public var rate: Double
  /// The widths that were trained, ascending.
  public var widths: [Int]
  public var leftOut: [LeftOut]
  /// How many rows there are: a value or weight, a step, a statistic.
  public var rows: Int
  public var agree: Int
  public var disagree: Int
  /// The number of rows between two predicted exponents.
  public var mixed: Int
  public var cannotTell: Int
  public var verdict: Verdict
  /// The rows that disagree, the farthest from its prediction first.
  public var disagreements: [CheckRow]
  /// What is promised and not kept.
  public var broken: [PromiseRow]
  /// Runs that diverged.
  public var diverged: Int
  /// The time that it took, with the derivation.
  public var seconds: Double
  /// Why nothing was measured; nil if it was.
  public var error: String?

  /// A width that was not trained, and why.
  public struct LeftOut: Sendable, Equatable, Codable {
    public var width: Int
    public var reason: String

    public init(width: Int, reason: String) { (self.width, self.reason) = (width, reason) }
  }

  /// Whether something contradicts the derivation, or nothing could be measured.
  public var isRefuted: Bool { disagree > 0 || !broken.isEmpty || error != nil }

  /// A cell without results yet.
  init(architecture: String, optimizer: String) {
    (self.architecture, self.optimizer, derivation, data) = (architecture, optimizer, "", "")
    (rate, widths, leftOut, rows, agree, disagree, mixed, cannotTell) = (0, [], [], 0, 0, 0, 0, 0)
    (verdict, disagreements, broken, diverged, seconds, error) = (.cannotTell, [], [], 0, 0, nil)
  }

  mutating func fill(_ grid: CheckGrid) {
    (rows, agree, disagree) = (grid.rows.count, grid.count(.agrees), grid.count(.disagrees))
    mixed = grid.rows.count { $0.verdict == .cannotTell && $0.isMixture }
    cannotTell = rows - agree - disagree - mixed
    (verdict, diverged) = (grid.verdict, grid.divergences.count)
    broken = grid.promises.filter { $0.verdict == .disagrees }
    func distance(_ row: CheckRow) -> Double {
      guard let measured = row.measured, let predicted = row.predicted else { return .infinity }
      return (measured - predicted.double).magnitude
    }
    let disagreeing = grid.rows.enumerated().filter { $0.element.verdict == .disagrees }
    disagreements = disagreeing.sorted { (-distance($0.element), $0.offset) < (-distance($1.element), $1.offset) }
      .map(\.element)
  }
}

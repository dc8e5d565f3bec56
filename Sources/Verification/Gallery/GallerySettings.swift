import Gallery
import TensorPrograms

/// What all cells of a gallery have in common: how each is trained.
public struct GallerySettings: StudySettings {
  public var widths: [Int]
  /// The number of seeds: 0, 1, ...
  public var seeds: Int
  /// Updates of each run.
  public var steps: Int
  /// The width at which everything equals the standard parametrization; the smallest if not given.
  public var base: Int
  /// Seconds for a cell; see ``CoordinateCheck/limit``.
  public var limit: Double
  /// Options as `depth=1`, for each architecture that has them.
  public var options: [String]
  /// Of this package.
  public var version: String

  public init(
    widths: [Int] = [64, 128, 256, 512, 1024], seeds: Int = 4, steps: Int = 3, base: Int? = nil, limit: Double = 40,
    options: [String] = [], version: String
  ) {
    (self.widths, self.seeds, self.steps, self.base) = (
      Set(widths).sorted(), seeds, steps, base ?? widths.min() ?? 1
    )
    (self.limit, self.options, self.version) = (limit, options, version)
  }

  public var texts: [(name: String, text: String)] {
    [
      ("widths", widths.map { "\($0)" }.joined(separator: ",")), ("seeds", "\(seeds)"), ("steps", "\(steps)"),
      ("base", "\(base)"), ("limit", "\(limit)"), ("options", options.joined(separator: " ")), ("version", version),
    ]
  }

  /// The options that an architecture has, by name.
  ///
  /// Throws ``ProgramError/option(_:)`` for a text that is not `name=value`.
  func options(of architecture: Architecture) throws -> [String: String] {
    var result: [String: String] = [:]
    for option in options {
      guard let equals = option.firstIndex(of: "="), equals != option.startIndex else {
        throw ProgramError.option("\"\(option)\": write name=value, as depth=1")
      }
      let name = String(option[..<equals])
      guard architecture.options.contains(where: { $0.name == name }) else { continue }
      result[name] = String(option[option.index(after: equals)...])
    }
    return result
  }
}

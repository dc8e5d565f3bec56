import Foundation
import Verification

extension CheckReport: Codable {
  enum CodingKeys: CodingKey {
    case title, command, program, optimizer, base, widths, seeds, steps, rate, precision, data, version, date
    case seconds, verdict, asPredicted, asPromised, sentence, rows, promises, divergences, parametrization, standard
    case changes, explosion
  }

  /// The rows of the grid lie at the top, beside `verdict` and `seconds`; those of the comparison in `standard`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(title, forKey: .title)
    try container.encode(command, forKey: .command)
    try container.encode(program, forKey: .program)
    try container.encode(optimizer, forKey: .optimizer)
    try container.encode(base, forKey: .base)
    try container.encode(widths, forKey: .widths)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(steps, forKey: .steps)
    try container.encode(rate, forKey: .rate)
    try container.encode(precision, forKey: .precision)
    try container.encode(data, forKey: .data)
    try container.encode(version, forKey: .version)
    try container.encode(date, forKey: .date)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(grid.asPredicted, forKey: .asPredicted)
    try container.encode(grid.asPromised, forKey: .asPromised)
    try container.encode(sentence, forKey: .sentence)
    try container.encode(grid.parametrization, forKey: .parametrization)
    try container.encode(grid.rows, forKey: .rows)
    try container.encode(grid.promises, forKey: .promises)
    try container.encode(grid.divergences, forKey: .divergences)
    try container.encodeIfPresent(standard, forKey: .standard)
    try container.encode(changes, forKey: .changes)
    try container.encodeIfPresent(explosion, forKey: .explosion)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func read<T: Decodable>(_ key: CodingKeys) throws -> T { try container.decode(T.self, forKey: key) }
    self.init(
      title: try read(.title), command: try read(.command), program: try read(.program),
      optimizer: try read(.optimizer), base: try read(.base), widths: try read(.widths),
      seeds: try read(.seeds),
      steps: try read(.steps), rate: try read(.rate), precision: try read(.precision), data: try read(.data),
      version: try read(.version), date: try read(.date), seconds: try read(.seconds),
      grid: CheckGrid(
        parametrization: try read(.parametrization), rows: try read(.rows), promises: try read(.promises),
        divergences: try read(.divergences)),
      standard: try container.decodeIfPresent(CheckGrid.self, forKey: .standard),
      changes: try container.decodeIfPresent([String].self, forKey: .changes) ?? [],
      explosion: try container.decodeIfPresent(Explosion.self, forKey: .explosion))
  }

  /// The report as JSON, keys sorted, readable.
  ///
  /// Throws if a number of the report itself (its rate, its seconds) is not finite.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

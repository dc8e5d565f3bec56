import Foundation

/// Why files of `torch.export` cannot be read or translated, in the user's own names.
public enum TorchImportError: Error, Sendable, Equatable {
  /// Not an archive, a damaged one, or one without a graph.
  case archive(file: String, reason: String)
  /// Another major version of the format than the one that is known.
  case version(file: String, found: Int, known: Int)
  /// What the graph says is not what the format allows.
  case format(file: String, reason: String)
  /// The two files are not one model at two widths.
  case different(String)
  /// An operation without a translation, or one that a program cannot express.
  case operation(name: String, place: Place, reason: String)
  /// Sizes that no width explains.
  case size(String)
}

/// Where in the user's model an operation stands.
public struct Place: Sendable, Equatable {
  /// The module's path: `blocks.0.attention`; empty for the model itself.
  public var module: String
  /// `model.py:12: x = self.up(x)`; empty if the file does not tell.
  public var line: String

  public init(module: String, line: String) { (self.module, self.line) = (module, line) }
}

extension TorchImportError: CustomStringConvertible {
  /// One line, whatever a file calls things.
  public var description: String { reason.split(whereSeparator: \.isNewline).joined(separator: " ") }

  private var reason: String {
    switch self {
    case .archive(let file, let reason): "\(file): \(reason)"
    case .version(let file, let found, let known):
      "\(file): version \(found) of the export format; this reads version \(known). Export it again with torch 2.6 or later"
    case .format(let file, let reason): "\(file): \(reason)"
    case .different(let reason): "these are not one model at two widths: \(reason)"
    case .operation(let name, let place, let reason):
      "\(name)" + (place.module.isEmpty ? "" : " in \(place.module)") + (place.line.isEmpty ? "" : " (\(place.line))")
        + ": \(reason)"
    case .size(let reason): reason
    }
  }
}

import Foundation
import Platform
import Training

/// The finished cells of a gallery in a file, a line each, so that one that was interrupted goes on where it was.
///
/// A line is written at once and whole. What an interruption left of a last line is cut off. Of several lines for one
/// cell the last counts.
public final class GalleryRecord: Sendable {
  private struct Line: Codable {
    var settings: GallerySettings
    var cell: GalleryCell
  }

  public let file: String
  private let settings: GallerySettings
  private let cells: Locked<[GalleryCell]>

  /// Reads what is there; a file that is not there yet is made.
  ///
  /// Throws ``GalleryError``.
  public init(file: String, settings: GallerySettings) throws {
    (self.file, self.settings) = (file, settings)
    guard FileManager.default.fileExists(atPath: file) else {
      do { try SystemFile.replace(file, with: []) } catch {
        throw GalleryError.unwritable(file: file, reason: error.reason)
      }
      cells = Locked([])
      return
    }
    let data: Data
    do { data = try SystemFile.contents(of: file) } catch {
      throw GalleryError.unreadable(file: file, reason: error.reason)
    }
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var found: [GalleryCell] = []
    var whole = 0
    for (i, line) in lines.enumerated() {
      let isLast = i == lines.count - 1
      if !line.isEmpty {
        let read: Line
        do { read = try JSONDecoder().decode(Line.self, from: line) } catch {
          if isLast, GalleryRecord.isBegun(line) { break }
          throw GalleryError.malformed(file: file, line: i + 1, reason: GalleryRecord.reason(error))
        }
        guard read.settings == settings else {
          throw GalleryError.otherSettings(
            file: file, line: i + 1, differences: settings.differences(from: read.settings))
        }
        if isLast { break }
        found.append(read.cell)
      }
      whole = min(whole + line.count + 1, data.count)
    }
    if whole < data.count {
      do { try SystemFile.replace(file, with: [data.prefix(whole)]) } catch {
        throw GalleryError.unwritable(file: file, reason: error.reason)
      }
    }
    cells = Locked(found)
  }

  /// The cell that was recorded last under these names.
  func cell(_ architecture: String, _ optimizer: String) -> GalleryCell? {
    cells.withLock { $0.last { $0.architecture == architecture && $0.optimizer == optimizer } }
  }

  /// Throws ``GalleryError/unwritable(file:reason:)``.
  func add(_ cell: GalleryCell) throws {
    try cells.withLock { cells in
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let line = try encoder.encode(Line(settings: settings, cell: cell)) + Data("\n".utf8)
      do throws(SystemFile.Problem) {
        let handle = try SystemFile.Descriptor(file, O_WRONLY | O_APPEND)
        try handle.write(line)
        try handle.synchronize()
      } catch {
        throw GalleryError.unwritable(file: file, reason: error.reason)
      }
      cells.append(cell)
    }
  }

  /// Whether this may be the beginning of a record's line; anything else in the file is left untouched.
  private static func isBegun(_ line: Data) -> Bool {
    let start = Data(#"{"cell":{"agree":"#.utf8)
    return line.prefix(start.count) == start.prefix(line.count)
  }

  private static func reason(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\"\(place(context))\" is of another kind"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\"\(place(context))\" has a value that can't be"
    default: "it is no JSON"
    }
  }
}

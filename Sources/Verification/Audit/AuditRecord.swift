public import Foundation
import Platform

/// The finished cells of an audit in a file, a line each, so that one that was interrupted goes on where it was.
///
/// What an interruption left of a last line is cut off.
public final class AuditRecord: Sendable {
  /// Why a record cannot be used.
  public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  private struct Line: Codable {
    var settings: AuditSettings
    var cell: AuditCell
  }

  private let file: String
  private let settings: AuditSettings
  private let cells: Locked<[AuditCell]>

  /// Reads what is there; a file that is not there yet is made.
  public init(file: String, settings: AuditSettings) throws(Problem) {
    (self.file, self.settings) = (file, settings)
    var found: [AuditCell] = []
    if FileManager.default.fileExists(atPath: file) {
      let data: Data
      do { data = try SystemFile.contents(of: file) } catch {
        throw Problem(description: "\(file) can't be read: \(error.reason)")
      }
      var whole = 0
      for (i, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        // What follows the last end of a line is nothing, or torn.
        guard whole + line.count < data.count else { break }
        guard let read = try? JSONDecoder().decode(Line.self, from: line) else {
          throw Problem(description: "\(file), line \(i + 1): not a cell of an audit; give another file")
        }
        guard read.settings == settings else {
          throw Problem(
            description: "\(file), line \(i + 1), is of other settings; give the same ones, or another file")
        }
        found.append(read.cell)
        whole += line.count + 1
      }
      if whole < data.count { try AuditRecord.replace(file, data.prefix(whole)) }
    } else {
      try AuditRecord.replace(file, Data())
    }
    cells = Locked(found)
  }

  private static func replace(_ file: String, _ data: Data) throws(Problem) {
    do { try SystemFile.replace(file, with: [data]) } catch {
      throw Problem(description: "\(file) can't be written: \(error.reason)")
    }
  }

  func cell(_ architecture: String, _ optimizer: String) -> AuditCell? {
    cells.withLock { $0.last { $0.architecture == architecture && $0.optimizer == optimizer } }
  }

  func add(_ cell: AuditCell) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let line = try encoder.encode(Line(settings: settings, cell: cell)) + Data("\n".utf8)
    do throws(SystemFile.Problem) {
      let handle = try SystemFile.Descriptor(file, O_WRONLY | O_APPEND)
      try handle.write(line)
      try handle.synchronize()
    } catch {
      throw Problem(description: "\(file) can't be written: \(error.reason)")
    }
    cells.withLock { $0.append(cell) }
  }
}

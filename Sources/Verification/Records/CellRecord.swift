import Foundation
import Platform

/// The finished cells of a long study in a file, a line each, so that one that was interrupted goes on where it was.
///
/// The file is only ever appended to. A line is written at once and whole; what an interruption left of one stays where it
/// is, is passed over and told in ``cutLines``. Of several lines for one cell the last counts. A file of anything else is
/// an error, and left as it is.
public final class CellRecord<Cell: RecordedCell>: Sendable {
  private struct Line: Codable {
    var settings: Cell.Settings
    var cell: Cell
  }

  private struct State {
    /// By their keys, the last of each.
    var cells: [String: Cell] = [:]
    /// Whether the last line has no end yet.
    var isOpen = false
  }

  public let file: String
  /// The numbers of the lines that an interruption cut off, from 1. What was in them is made again.
  public let cutLines: [Int]
  private let settings: Cell.Settings
  private let state: Locked<State>

  /// Reads what is there; a file that is not there yet is made.
  public init(file: String, settings: Cell.Settings) throws(RecordError) {
    (self.file, self.settings) = (file, settings)
    // Whether it can be written shows before the work, not after it.
    do { _ = try SystemFile.Descriptor(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK) } catch {
      throw .unwritable(file: file, reason: error.reason)
    }
    let data: Data
    do { data = try SystemFile.contents(of: file) } catch {
      throw .unreadable(file: file, reason: error.reason)
    }
    let newline = UInt8(ascii: "\n")
    var (state, cut) = (State(isOpen: data.last.map { $0 != newline } ?? false), [Int]())
    for (i, line) in data.split(separator: newline, omittingEmptySubsequences: false).enumerated() where !line.isEmpty {
      let read: Line
      do { read = try JSONDecoder().decode(Line.self, from: line) } catch {
        guard CellRecord.isBegun(line) else {
          throw .malformed(file: file, line: i + 1, study: Cell.study, reason: RecordError.reason(error))
        }
        cut.append(i + 1)
        continue
      }
      guard read.settings == settings else {
        throw .otherSettings(file: file, line: i + 1, differences: settings.differences(from: read.settings))
      }
      state.cells[read.cell.key] = read.cell
    }
    (self.state, cutLines) = (Locked(state), cut)
  }

  /// The cell that was recorded last under this key.
  public func cell(_ key: String) -> Cell? { state.withLock { $0.cells[key] } }

  /// Throws: ``RecordError/unwritable(file:reason:)``.
  func add(_ cell: Cell) throws {
    try state.withLock { state in
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let line = try encoder.encode(Line(settings: settings, cell: cell)) + Data("\n".utf8)
      do throws(SystemFile.Problem) {
        let handle = try SystemFile.Descriptor(file, O_WRONLY | O_APPEND)
        try handle.write(state.isOpen ? Data("\n".utf8) + line : line)
        try handle.synchronize()
      } catch {
        // Of what was written of it the next line must be told apart.
        state.isOpen = true
        throw RecordError.unwritable(file: file, reason: error.reason)
      }
      state.isOpen = false
      state.cells[cell.key] = cell
    }
  }

  /// Whether this is the beginning of a record's line, and no whole one: keys are sorted, so that a cell comes first.
  private static func isBegun(_ line: Data) -> Bool {
    let start = Data(#"{"cell":{""#.utf8)
    return line.prefix(start.count) == start.prefix(line.count)
      && (try? JSONSerialization.jsonObject(with: line)) == nil
  }
}

extension CellRecord where Cell: ArchitectureCell {
  /// The cell that was recorded last under these names.
  public func cell(_ architecture: String, _ optimizer: String) -> Cell? {
    cell(Cell.key(architecture, optimizer))
  }

  /// The same if it need not be made again: it ended in no error, and what is derived by now is what it was made for.
  func current(_ architecture: String, _ optimizer: String, derivation: String) -> Cell? {
    cell(architecture, optimizer).flatMap { $0.error == nil && $0.derivation == derivation ? $0 : nil }
  }
}

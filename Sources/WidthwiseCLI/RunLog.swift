import Foundation
import Widthwise

/// A log of a training run: one line of JSON for each step, in order, none missing and none twice.
///
/// A run that is resumed cuts off what was written after its checkpoint, a torn line among it.
final class RunLog {
  struct Line: Codable {
    /// Updates made.
    var step: Int
    /// The mean loss of the step's examples, before the update.
    var loss: Double
    /// The learning rate at the base width.
    var rate: Double
    var examples: Int
    /// The mean loss of held-out examples after the update, at steps that evaluate.
    var heldOut: Double?
  }

  private let path: String
  private let file: SystemFile.Descriptor
  private let encoder = JSONEncoder()

  /// - Parameter steps: Made so far; the lines of these are kept.
  init(_ path: String, after steps: Int, resuming: Bool) throws {
    self.path = path
    encoder.outputFormatting = .sortedKeys
    do {
      file = try SystemFile.Descriptor(path, O_RDWR | O_CREAT)
      // A pipe or a terminal has nothing to keep.
      guard file.isFile else { return }
      let there = try file.read()
      guard resuming || there.isEmpty else {
        throw FileFailure("\(path) exists; give --resume to go on with its run, or another --log")
      }
      try file.cut(after: try RunLog.kept(there, through: steps, path))
    } catch let problem as SystemFile.Problem {
      throw FileFailure("\(path) can't be written: \(problem.reason)")
    }
  }

  /// How many bytes hold the lines of the steps up to this one.
  private static func kept(_ data: Data, through steps: Int, _ path: String) throws -> Int {
    let decoder = JSONDecoder()
    var (end, last): (Int, Int?) = (0, nil)
    while let newline = data[end...].firstIndex(of: 10) {
      guard let line = try? decoder.decode(Line.self, from: data[end..<newline]),
        last.map({ line.step == $0 + 1 }) ?? true
      else { throw FileFailure("\(path) is not the log of a training run: see the line after step \(last ?? 0)") }
      guard line.step <= steps else { return end }
      (end, last) = (newline + 1, line.step)
    }
    guard end > 0 || data.isEmpty || data.starts(with: Data("{\"examples\"".utf8).prefix(data.count)) else {
      throw FileFailure("\(path) is not the log of a training run")
    }
    guard let last, last < steps else { return end }
    throw FileFailure("\(path) ends at step \(last), before the checkpoint's \(steps): it is of another run")
  }

  func append(_ line: Line) throws {
    let bytes = try encoder.encode(line) + Data("\n".utf8)
    try written { () throws(SystemFile.Problem) in try file.write(bytes) }
  }

  /// Waits for the disk, so that a checkpoint never knows of steps that the log does not.
  func synchronize() throws { try written { () throws(SystemFile.Problem) in try file.synchronize() } }

  private func written(_ work: () throws(SystemFile.Problem) -> Void) throws {
    do { try work() } catch { throw FileFailure("\(path) can't be written: \(error.reason)") }
  }
}

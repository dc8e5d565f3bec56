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
  private let file: Int32
  private let handle: FileHandle
  private let encoder = JSONEncoder()

  /// - Parameter steps: Made so far; the lines of these are kept.
  init(_ path: String, after steps: Int, resuming: Bool) throws {
    self.path = path
    encoder.outputFormatting = .sortedKeys
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileFailure("\(path) can't be written: \(String(cString: strerror(errno)))") }
    handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    var attributes = stat()
    // A pipe or a terminal has nothing to keep.
    guard fstat(file, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFREG else { return }
    guard resuming || attributes.st_size == 0 else {
      throw FileFailure("\(path) exists; give --resume to go on with its run, or another --log")
    }
    let kept = try RunLog.kept(try handle.readToEnd() ?? Data(), through: steps, path)
    try handle.truncate(atOffset: UInt64(kept))
    try handle.seek(toOffset: UInt64(kept))
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
    let bytes = [UInt8](try encoder.encode(line)) + [10]
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(errno) }
      done += count
    }
  }

  /// Waits for the disk, so that a checkpoint never knows of steps that the log does not. A pipe has none.
  func synchronize() throws {
    guard fsync(file) != 0, errno != EINVAL, errno != ENOTSUP else { return }
    throw failure(errno)
  }

  private func failure(_ code: Int32) -> FileFailure {
    FileFailure("\(path) can't be written: \(String(cString: strerror(code)))")
  }
}

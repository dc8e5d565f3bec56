package import Foundation

/// Reading and writing files; errors carry the operating system's own message.
package enum SystemFile {
  package struct Problem: Error {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
    init(code: Int32) { reason = String(cString: strerror(code)) }
  }

  /// An open file, closed when the last reference to it goes.
  package final class Descriptor {
    package let number: Int32

    package init(_ path: String, _ flags: Int32) throws(Problem) {
      number = open(path, flags | O_CLOEXEC, 0o644)
      guard number >= 0 else { throw Problem(code: errno) }
    }

    /// A duplicate of an open descriptor, which stays open itself.
    package init(copyOf number: Int32) throws(Problem) {
      self.number = dup(number)
      guard self.number >= 0 else { throw Problem(code: errno) }
    }

    deinit { close(number) }

    /// Whether it is a regular file, which can be read again, as a pipe or a terminal cannot.
    package var isFile: Bool { kind == S_IFREG }
    var kind: mode_t {
      var attributes = stat()
      return fstat(number, &attributes) == 0 ? attributes.st_mode & S_IFMT : 0
    }

    /// The rest of the file, at most `limit` + 1 bytes: one more than `limit` shows that it is longer.
    package func read(limit: Int = .max - 1) throws(Problem) -> Data {
      var data = Data()
      var part = [UInt8](repeating: 0, count: 1 << 16)
      while data.count <= limit {
        let count = Foundation.read(number, &part, min(part.count, limit + 1 - data.count))
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw Problem(code: errno) }
        if count == 0 { break }
        data.append(contentsOf: part[..<count])
      }
      return data
    }

    package func write(_ data: Data) throws(Problem) {
      let code: Int32 = data.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          // Systems write at most 2 GiB at once.
          let count = Foundation.write(
            number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, min(rest.count, 1 << 30))
          if count < 0, errno == EINTR { continue }
          guard count > 0 else { return count < 0 ? errno : EIO }
          rest = rest.dropFirst(count)
        }
        return 0
      }
      guard code == 0 else { throw Problem(code: code) }
    }

    /// Truncates the file to its first `count` bytes and continues writing there.
    package func cut(after count: Int) throws(Problem) {
      guard ftruncate(number, off_t(count)) == 0, lseek(number, off_t(count), SEEK_SET) >= 0 else {
        throw Problem(code: errno)
      }
    }

    /// Waits until the disk has what was written; does nothing for a pipe or a terminal.
    package func synchronize() throws(Problem) {
      guard fsync(number) != 0, errno != EINVAL, errno != ENOTSUP else { return }
      throw Problem(code: errno)
    }
  }

  /// The bytes of a regular file, at most `limit` + 1.
  ///
  /// Throws: ``Problem`` for a folder, a pipe or a device, and if the file cannot be read.
  package static func contents(of path: String, limit: Int = .max - 1) throws(Problem) -> Data {
    // Without O_NONBLOCK, opening a pipe waits for a writer.
    let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
    guard file.kind != S_IFDIR else { throw Problem(code: EISDIR) }
    guard file.isFile else { throw Problem("it is not a file") }
    return try file.read(limit: limit)
  }

  /// Replaces a file atomically: writes a temporary file beside it, waits for the disk, and renames it. A symbolic link
  /// is followed; a pipe or a device is written to as it is.
  package static func replace(_ path: String, with parts: [Data]) throws(Problem) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    if isDevice(url) {
      let file = try Descriptor(url.path, O_WRONLY)
      for part in parts { try file.write(part) }
      return
    }
    let (folder, temporary) = (url.deletingLastPathComponent().path, partial(url))
    do throws(Problem) {
      let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      for part in parts { try file.write(part) }
      try file.synchronize()
      guard rename(temporary, url.path) == 0 else { throw Problem(code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    // The rename is on the disk once the folder is.
    try? Descriptor(folder, O_RDONLY).synchronize()
  }
  /// Whether ``replace(_:with:)`` could replace a file, as far as can be known before it is tried; nothing is changed.
  package static func tryReplacing(_ path: String) throws(Problem) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    if isDevice(url) {
      guard access(url.path, W_OK) == 0 else { throw Problem(code: errno) }
      return
    }
    var attributes = stat()
    if stat(url.path, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFDIR { throw Problem(code: EISDIR) }
    _ = try Descriptor(partial(url), O_WRONLY | O_CREAT | O_TRUNC)
    unlink(partial(url))
  }

  /// What is there, and neither a file nor a folder: a pipe or a device.
  private static func isDevice(_ url: URL) -> Bool {
    var attributes = stat()
    return stat(url.path, &attributes) == 0 && ![S_IFREG, S_IFDIR].contains(attributes.st_mode & S_IFMT)
  }

  /// Where a file is written before it takes its place.
  private static func partial(_ url: URL) -> String {
    url.deletingLastPathComponent().path + "/.\(url.lastPathComponent).partial"
  }
}

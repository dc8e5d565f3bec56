package import Foundation

/// Files, with the system's own words for what is wrong.
package enum SystemFile {
  package struct Problem: Error {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
    init(code: Int32) { reason = String(cString: strerror(code)) }
  }

  /// An open file; closed when this goes.
  package final class Descriptor {
    package let number: Int32

    package init(_ path: String, _ flags: Int32) throws(Problem) {
      number = open(path, flags | O_CLOEXEC, 0o644)
      guard number >= 0 else { throw Problem(code: errno) }
    }

    /// Another name for one that is open.
    package init(copyOf number: Int32) throws(Problem) {
      self.number = dup(number)
      guard self.number >= 0 else { throw Problem(code: errno) }
    }

    deinit { close(number) }

    /// Whether there is something to read that does not go away by that: no pipe and no terminal.
    package var isFile: Bool { kind == S_IFREG }
    var kind: mode_t {
      var attributes = stat()
      return fstat(number, &attributes) == 0 ? attributes.st_mode & S_IFMT : 0
    }

    /// All that is left, but no more than `limit` bytes and one.
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

    /// Cuts off what follows the first bytes, and goes on writing there.
    package func cut(after count: Int) throws(Problem) {
      guard ftruncate(number, off_t(count)) == 0, lseek(number, off_t(count), SEEK_SET) >= 0 else {
        throw Problem(code: errno)
      }
    }

    /// Waits for the disk; what is no file has none.
    package func synchronize() throws(Problem) {
      guard fsync(number) != 0, errno != EINVAL, errno != ENOTSUP else { return }
      throw Problem(code: errno)
    }
  }

  /// The bytes of a file; what is none is refused.
  package static func contents(of path: String, limit: Int = .max - 1) throws(Problem) -> Data {
    // A pipe would be waited for.
    let file = try Descriptor(path, O_RDONLY | O_NONBLOCK)
    guard file.kind != S_IFDIR else { throw Problem(code: EISDIR) }
    guard file.isFile else { throw Problem("it is not a file") }
    return try file.read(limit: limit)
  }

  /// Replaces a file as a whole: writes beside it, waits for the disk, and exchanges the names. A link is followed; what
  /// is no file, such as a pipe, is written to.
  package static func replace(_ path: String, with parts: [Data]) throws(Problem) {
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var attributes = stat()
    if stat(url.path, &attributes) == 0, ![S_IFREG, S_IFDIR].contains(attributes.st_mode & S_IFMT) {
      let file = try Descriptor(url.path, O_WRONLY)
      for part in parts { try file.write(part) }
      return
    }
    let folder = url.deletingLastPathComponent().path
    let temporary = folder + "/.\(url.lastPathComponent).partial"
    do throws(Problem) {
      let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_TRUNC)
      for part in parts { try file.write(part) }
      try file.synchronize()
      guard rename(temporary, url.path) == 0 else { throw Problem(code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name is on the disk when the folder is.
    try? Descriptor(folder, O_RDONLY).synchronize()
  }
}
